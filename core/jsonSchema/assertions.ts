import { isObject } from '../json/isObject.ts';
import { multipleOf } from './decimal.ts';
import { formatCheck } from './formats.ts';
import type { TypeName } from './keywords.ts';
import { misspelt } from './misspelt.ts';
import type { Pattern } from './pattern.ts';
import { always, type Check, stepsPerAbsent } from './run.ts';
import { isSimple, ValueSet } from './valueSet.ts';

type Keywords = Readonly<Record<string, unknown>>;

/** The checks of keywords without inner schemas, cheapest first. */
export function assertions(schema: Keywords, pattern: (source: string) => Pattern): Check[] {
  const checks = Object.keys(schema)
    .filter((keyword) => order.has(keyword))
    .sort((one, other) => (order.get(one) as number) - (order.get(other) as number))
    .map((keyword) => (makers[keyword] as Maker)(schema[keyword], schema));
  if (typeof schema.pattern === 'string') checks.push(patternCheck(pattern(schema.pattern)));
  const format = typeof schema.format === 'string' ? formatCheck(schema.format) : null;
  if (format) checks.push(format);
  return checks;
}

type Maker = (value: unknown, schema: Keywords) => Check;

const makers: Readonly<Record<string, Maker>> = {
  type: (value) => typeCheck(value as TypeName | TypeName[]),
  const: (value) => {
    if (isSimple(value)) return sameCheck(value);
    const set = new ValueSet();
    set.add(value, 0, null);
    const message = `This must be ${shown(value)}.`;
    return (actual, run) => set.has(actual, run) || run.fail(message);
  },
  enum: (value) => {
    const set = new ValueSet();
    for (const [index, item] of (value as unknown[]).entries()) set.add(item, index, null);
    const message = `This must be one of ${shown(value)}.`;
    return (actual, run) => set.has(actual, run) || run.fail(message);
  },
  required: (value, schema) => requiredCheck(value as string[], Object.keys(schema.properties ?? {})),
  maximum: (value) => numberCheck((actual) => actual <= (value as number), `at most ${value}`),
  exclusiveMaximum: (value) => numberCheck((actual) => actual < (value as number), `less than ${value}`),
  minimum: (value) => numberCheck((actual) => actual >= (value as number), `at least ${value}`),
  exclusiveMinimum: (value) => numberCheck((actual) => actual > (value as number), `more than ${value}`),
  multipleOf: (value) => multipleCheck(value as number),
  maxLength: (value) => lengthCheck((length) => length <= (value as number), `at most ${value}`),
  minLength: (value) => lengthCheck((length) => length >= (value as number), `at least ${value}`),
  maxItems: (value) => itemsCheck((count) => count <= (value as number), `at most ${value}`),
  minItems: (value) => itemsCheck((count) => count >= (value as number), `at least ${value}`),
  uniqueItems: (value) => (value === true ? uniqueCheck : always),
  maxProperties: (value) => sizeCheck((count) => count <= (value as number), `at most ${value}`),
  minProperties: (value) => sizeCheck((count) => count >= (value as number), `at least ${value}`),
  dependentRequired: (value) => dependentCheck(value as Record<string, string[]>),
};

const order = new Map(Object.keys(makers).map((keyword, index) => [keyword, index]));

const maxShownLength = 300;

/** A value of the schema for a message, shortened if it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength).toWellFormed()}…` : text;
}

const ofType: Record<TypeName, (value: unknown) => boolean> = {
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  null: (value) => value === null,
  number: (value) => typeof value === 'number',
  object: isObject,
  string: (value) => typeof value === 'string',
};

function typeCheck(value: TypeName | readonly TypeName[]): Check {
  const names = typeof value === 'string' ? [value] : value;
  const message = `This must be ${names.join(' or ')}.`;
  const [first, ...others] = names.map((name) => ofType[name]) as [(actual: unknown) => boolean];
  if (others.length === 0) return (actual, run) => first(actual) || run.fail(message);
  const all = [first, ...others];
  return (actual, run) => all.some((fits) => fits(actual)) || run.fail(message);
}

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Reads an object's own member. Undefined means absent: objects made by JSON.parse have no undefined members. */
export function ownMember(name: string): (object: Record<string, unknown>) => unknown {
  return inherited.has(name)
    ? (object) => (Object.hasOwn(object, name) ? object[name] : undefined)
    : (object) => object[name];
}

/** @param others - names of other members that the schema knows */
function requiredCheck(names: readonly string[], others: readonly string[] = []): Check {
  const known = new Set([...names, ...others]);
  const members = names.map((name) => ({ name, in: ownMember(name) }));
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(members.length);
    for (const member of members) {
      if (member.in(value) === undefined) {
        run.spend(stepsPerAbsent);
        run.fail('This is required by the event type’s schema: add it.', misspelt(member.name, value, known));
        return run.failedIn(member.name);
      }
    }
    return true;
  };
}

/** An object that has the one member must have the others. */
export function dependentCheck(dependencies: Readonly<Record<string, readonly string[]>>): Check {
  const each = Object.entries(dependencies).map(([name, names]) => ({
    in: ownMember(name),
    needs: requiredCheck(names),
  }));
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(each.length * stepsPerAbsent);
    return each.every((dependency) => dependency.in(value) === undefined || dependency.needs(value, run));
  };
}

/** For a value that has no members: without a set, in which a long text takes long to look up. */
function sameCheck(value: unknown): Check {
  const message = `This must be ${shown(value)}.`;
  return (actual, run) => {
    if (typeof actual === 'string' && typeof value === 'string' && actual.length === value.length) {
      run.spend(actual.length >> 5);
    }
    return actual === value || run.fail(message);
  };
}

function numberCheck(fits: (value: number) => boolean, what: string): Check {
  const message = `This must be ${what}.`;
  return (value, run) => typeof value !== 'number' || fits(value) || run.fail(message);
}

function multipleCheck(divisor: number): Check {
  const isMultiple = multipleOf(divisor);
  const message = `This must be a multiple of ${divisor}.`;
  return (value, run) => {
    if (typeof value !== 'number') return true;
    run.spend(Number.isSafeInteger(value) && Number.isSafeInteger(divisor) ? 1 : 16);
    return isMultiple(value) || run.fail(message);
  };
}

/** Lengths are counted in characters of Unicode, of which some take two units of a string. */
function lengthCheck(fits: (length: number) => boolean, what: string): Check {
  const message = `This must have ${what} characters.`;
  return (value, run) => {
    if (typeof value !== 'string') return true;
    run.spend(value.length >> 4);
    return fits(codePoints(value)) || run.fail(message);
  };
}

function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      count--;
      at++;
    }
  }
  return count;
}

function itemsCheck(fits: (count: number) => boolean, what: string): Check {
  const message = `This must have ${what} items.`;
  return (value, run) => !Array.isArray(value) || fits(value.length) || run.fail(message);
}

const uniqueCheck: Check = (value, run) => {
  if (!Array.isArray(value)) return true;
  const set = new ValueSet();
  for (const [index, item] of value.entries()) {
    const same = set.add(item, index, run);
    if (same !== null) return run.fail(`Items ${same} and ${index} are the same, and all must differ.`);
  }
  return true;
};

function sizeCheck(fits: (count: number) => boolean, what: string): Check {
  const message = `This must have ${what} properties.`;
  return (value, run) => {
    if (!isObject(value)) return true;
    return fits(run.keysOf(value).length) || run.fail(message);
  };
}

function patternCheck(pattern: Pattern): Check {
  const message = `This must match the pattern ${shown(pattern.source)}.`;
  return (value, run) => {
    if (typeof value !== 'string' || pattern.matches(value, run)) return true;
    return run.isTimedOut ? false : run.fail(message);
  };
}
