import { RegExpValidator } from '@eslint-community/regexpp';

/** Maximum characters that ECMAScript's engine reads here. */
const maxLength = 2_000;
/** It lists the characters of each property, which takes some 50 µs. */
const maxProperties = 3;
/** Approximate steps per pattern, and each of its characters and of those properties. */
const stepsPerPattern = 1_000;
const stepsPerCharacter = 50;
const stepsPerProperty = 4_000;
/** Ignoring case for a part of a pattern, it lists the other case of all characters of that part's classes. */
const modifiers = /\(\?[ims-]/;
const property = /\\p\{/gi;

const validator = new RegExpValidator({ ecmaVersion: 2024 });
/** Knows modifiers. It also lets groups share a name, for which it takes a time that doubles with each level of brackets around them. */
const newest = new RegExpValidator({ ecmaVersion: knows('(?i:a)') ? 2025 : 2024 });
/** No name has a bracket: what stands behind one in a class is looked at, too. */
const groupName = /\(\?<(?![=!])([^>()[\]]*)/g;
const escapedUnit = /\\u(?:\{([\da-f]{1,6})\}|([\da-f]{4}))/gi;

function knows(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

const propertiesIn = (source: string): number => source.match(property)?.length ?? 0;

/** About how many steps {@link checkSyntax} takes. */
export function stepsToCheck(source: string): number {
  const properties = propertiesIn(source);
  return (
    stepsPerPattern +
    stepsPerCharacter * source.length +
    (properties <= maxProperties ? stepsPerProperty * properties : 0)
  );
}

/**
 * Checks that ECMAScript can read a pattern, in time that only its length bounds. Its engine reads those that are certain to take it no
 * time; for others, its grammar is checked, which lists no characters.
 *
 * @throws SyntaxError if it is not a pattern in this mode
 */
export function checkSyntax(source: string, flags: string): void {
  const isShort = source.length <= maxLength && propertiesIn(source) <= maxProperties;
  if (isShort && !modifiers.test(source)) new RegExp(source, flags);
  else checkGrammar(source, flags);
}

/** Whether two groups may have the same name. */
function sharesNames(source: string): boolean {
  const names = [...source.matchAll(groupName)].map(([, name = '']) =>
    name.replace(escapedUnit, (_, point, unit) =>
      String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(point ?? unit, 16))),
    ),
  );
  return new Set(names).size < names.length;
}

/**
 * The same by the grammar alone. Two groups may not share a name.
 *
 * @throws SyntaxError if it is not a pattern of ECMAScript in this mode
 */
export function checkGrammar(source: string, flags: string): void {
  const by = modifiers.test(source) && !sharesNames(source) ? newest : validator;
  by.validatePattern(source, 0, source.length, { unicode: flags.includes('u') });
}
