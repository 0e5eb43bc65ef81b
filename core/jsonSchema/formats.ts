import { fullFormats } from 'ajv-formats/dist/formats.js';
import { Pattern } from './pattern.ts';
import { checkGrammar } from './patternSyntax.ts';
import type { Check } from './run.ts';

/** For a longer URL, the pattern's time grows with the square of its length. */
const maxShortUrlLength = 256;
const urlPattern = fullFormats.url as RegExp;

/** Formats whose check divides the text, which takes longer than to search it. */
const splitting = new Set(['date-time', 'iso-date-time']);

/** The check of a format; null for an unknown one, or one without a check. */
export function formatCheck(name: string): Check | null {
  if (!Object.hasOwn(fullFormats, name)) return null;
  const format = fullFormats[name as keyof typeof fullFormats] as unknown;
  if (format === true) return null;
  const message = `This must be of the format ${JSON.stringify(name)}.`;
  if (name === 'url') return urlCheck(message);
  if (name === 'regex') return regexCheck(message);
  const validate = validatorOf(format);
  const type = (format as { type?: string }).type === 'number' ? 'number' : 'string';
  const dividedBy = splitting.has(name) ? 0 : 2;
  return (value, run) => {
    if (typeof value !== type) return true;
    run.spend(4 + (type === 'string' ? (value as string).length >> dividedBy : 0));
    return validate(value) || run.fail(message);
  };
}

function validatorOf(format: unknown): (value: unknown) => boolean {
  if (format instanceof RegExp) return (value) => format.test(value as string);
  if (typeof format === 'function') return format as (value: unknown) => boolean;
  return validatorOf((format as { validate: unknown }).validate);
}

function urlCheck(message: string): Check {
  const pattern = new Pattern(urlPattern.source, 0, urlPattern.flags);
  return (value, run) => {
    if (typeof value !== 'string') return true;
    run.spend(100);
    const fits = value.length <= maxShortUrlLength ? urlPattern.test(value) : pattern.matches(value, run);
    return fits || run.isTimedOut || run.fail(message) ? fits : false;
  };
}

/** Steps per character to check the grammar of a pattern. */
const stepsPerPatternCharacter = 5;

/** By the grammar alone: ECMAScript's engine takes seconds to read a long pattern. */
function regexCheck(message: string): Check {
  return (value, run) => {
    if (typeof value !== 'string') return true;
    run.spend(100 + stepsPerPatternCharacter * value.length);
    return isRegex(value) || run.fail(message);
  };
}

/** `ajv-formats` refuses it, which other languages have. */
const anchor = /[^\\]\\Z/;

function isRegex(source: string): boolean {
  try {
    checkGrammar(source, '');
    return !anchor.test(source);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
