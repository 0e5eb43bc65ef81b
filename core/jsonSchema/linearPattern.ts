import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** A pattern for RE2 with the meaning that the original has in ECMAScript's `u` mode. */
export interface LinearPattern {
  readonly source: string;
  /** About how many instructions it compiles to; never fewer. */
  readonly size: number;
  /** The same for compiling it, which takes longer for the characters that it lists. */
  readonly compiledSize: number;
}

/**
 * Not the newest: for groups that share a name, it would compare their places in a time that doubles with each level of brackets. What
 * else is newer than this, RE2 lacks.
 */
const parser = new RegExpParser({ ecmaVersion: 2024 });
/** RE2's own limit. */
const maxRepeats = 1_000;
/** Maximum instructions: compiling more takes milliseconds. */
const maxSize = 2_000;
/** Maximum characters: parsing more takes milliseconds. */
const maxLength = 2_000;
/** A property of Unicode takes as long to compile as so many instructions: it stands for hundreds of ranges of characters. */
const sizeOfProperty = 60;
/** So many characters or ranges of a class take as long as one instruction. */
const classElementsPerInstruction = 4;

/**
 * Rewrites an ECMAScript pattern for RE2, whose searches take time linear to the text.
 *
 * @returns null where RE2 lacks a feature (look-around, back references, some Unicode classes), or where it is too large
 */
export function linearPattern(source: string): LinearPattern | null {
  if (source.length > maxLength) return null;
  try {
    const parsed = parser.parsePattern(source, 0, source.length, { unicode: true });
    const { text, size } = alternatives(parsed.alternatives);
    const compiledSize = size + 2 + listed(parsed);
    return size <= maxSize ? { source: text, size: size + 2, compiledSize } : null;
  } catch {
    // The parser does not know it, or it overflowed the stack, or the code below refused it.
    return null;
  }
}

/** What the characters that a pattern lists add to its size for compiling. However often a part is repeated, it is read once. */
function listed(pattern: AST.Pattern): number {
  let size = 0;
  visitRegExpAST(pattern, {
    onCharacterSetEnter: ({ kind }) => {
      if (kind === 'property') size += sizeOfProperty;
    },
    onCharacterClassEnter: ({ elements }) => {
      size += Math.ceil(elements.length / classElementsPerInstruction);
    },
  });
  return size;
}

class NotLinear extends Error {}

interface Part {
  readonly text: string;
  readonly size: number;
}

function alternatives(list: readonly AST.Alternative[]): Part {
  const parts = list.map(({ elements }) => elements.map(element));
  const size = parts.reduce((sum, each) => each.reduce((inner, part) => inner + part.size, sum + 1), 0);
  if (size > maxSize) throw new NotLinear();
  return { text: parts.map((each) => each.map(({ text }) => text).join('')).join('|'), size };
}

function element(node: AST.Element): Part {
  switch (node.type) {
    case 'Assertion':
      return { text: assertion(node), size: 1 };
    case 'Group':
      if (node.modifiers) throw new NotLinear();
      return grouped(alternatives(node.alternatives));
    case 'CapturingGroup':
      return grouped(alternatives(node.alternatives));
    case 'Quantifier':
      return repeated(node);
    case 'Character':
      return { text: character(node.value), size: 1 };
    case 'CharacterSet':
      return { text: `[${setOf(node)}]`, size: 1 };
    case 'CharacterClass':
      return { text: characterClass(node), size: 1 };
    default:
      throw new NotLinear();
  }
}

const grouped = ({ text, size }: Part): Part => ({ text: `(?:${text})`, size });

function assertion(node: AST.Assertion): string {
  switch (node.kind) {
    case 'start':
      return '^';
    case 'end':
      return '$';
    case 'word':
      return node.negate ? '\\B' : '\\b';
    default:
      throw new NotLinear();
  }
}

function repeated({ element: repeatedElement, min, max }: AST.Quantifier): Part {
  const { text, size } = element(repeatedElement);
  if (max === 0) return { text: '(?:)', size: 1 };
  if (min > maxRepeats || (max !== Number.POSITIVE_INFINITY && max > maxRepeats)) throw new NotLinear();
  const range = max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`;
  const times = max === Number.POSITIVE_INFINITY ? Math.max(min, 1) : max;
  return { text: `(?:${text})${range}`, size: times * (size + 1) + 1 };
}

function character(point: number): string {
  // ECMAScript matches a lone surrogate; RE2 cannot.
  if (point >= 0xd800 && point <= 0xdfff) throw new NotLinear();
  const written = String.fromCodePoint(point);
  return /[A-Za-z0-9]/.test(written) ? written : `\\x{${point.toString(16)}}`;
}

function characterClass(node: AST.CharacterClass): string {
  if (node.unicodeSets) throw new NotLinear();
  const inner = node.elements.map((each) => {
    if (each.type === 'Character') return character(each.value);
    if (each.type === 'CharacterClassRange') return `${character(each.min.value)}-${character(each.max.value)}`;
    return setOf(each);
  });
  // RE2 has no empty class.
  if (inner.length === 0) return node.negate ? `[${anything}]` : `[^${anything}]`;
  return `[${node.negate ? '^' : ''}${inner.join('')}]`;
}

const anything = '\\x{0}-\\x{10ffff}';
/** Members of a class, and of its complement: RE2's own `\s` and `.` are narrower or wider than ECMAScript's. */
const sets: Record<string, readonly [members: string, others: string]> = {
  any: ['\\x{0}-\\x{9}\\x{b}\\x{c}\\x{e}-\\x{2027}\\x{202a}-\\x{10ffff}', '\\x{a}\\x{d}\\x{2028}\\x{2029}'],
  digit: ['0-9', '\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}'],
  word: ['0-9A-Z\\x{5f}a-z', '\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}'],
  space: [
    '\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}',
    '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}',
  ],
};

function setOf(node: AST.CharacterSet): string {
  if (node.kind === 'property') return propertyOf(node);
  const [members, others] = sets[node.kind] as readonly [string, string];
  return node.kind !== 'any' && node.negate ? others : members;
}

/** General categories by their long names; RE2 knows the short ones. */
const categories: Readonly<Record<string, string>> = {
  Letter: 'L',
  Lowercase_Letter: 'Ll',
  Uppercase_Letter: 'Lu',
  Titlecase_Letter: 'Lt',
  Modifier_Letter: 'Lm',
  Other_Letter: 'Lo',
  Mark: 'M',
  Nonspacing_Mark: 'Mn',
  Spacing_Mark: 'Mc',
  Enclosing_Mark: 'Me',
  Number: 'N',
  Decimal_Number: 'Nd',
  digit: 'Nd',
  Letter_Number: 'Nl',
  Other_Number: 'No',
  Punctuation: 'P',
  punct: 'P',
  Symbol: 'S',
  Math_Symbol: 'Sm',
  Currency_Symbol: 'Sc',
  Separator: 'Z',
  Space_Separator: 'Zs',
};
const shortNames = new Set(Object.values(categories));

function propertyOf(node: AST.UnicodePropertyCharacterSet): string {
  const { key, value, negate } = node;
  const name = value === null || key === 'General_Category' || key === 'gc' ? (value ?? key) : null;
  const short = name === null ? undefined : shortNames.has(name) ? name : categories[name];
  // Scripts and binary properties are left to ECMAScript's engine, whose version of Unicode may differ from RE2's.
  if (short === undefined) throw new NotLinear();
  return `\\${negate ? 'P' : 'p'}{${short}}`;
}
