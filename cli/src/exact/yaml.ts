import { type Document, parseDocument, type ScalarTag, type Tags } from 'yaml';
import { type Exact, exactNumber, numberTextOf } from './json.ts';

/** A number as JSON writes it, too. Others, such as `.5` or `0x1F`, are written as JavaScript does. */
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const isNumberTag = (tag: unknown): tag is ScalarTag =>
  typeof tag === 'object' &&
  tag !== null &&
  ['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float'].includes((tag as ScalarTag).tag);

const customTags = (tags: Tags): Tags =>
  tags.map((tag) => {
    if (!isNumberTag(tag)) return tag;
    const { resolve } = tag;
    return {
      ...tag,
      resolve: (text: string, ...others: [never, never]) =>
        jsonNumber.test(text) ? exactNumber(text) : resolve(text, ...others),
    } as ScalarTag;
  });

/** Of each object and list of a document: the same, with numbers that keep their text. */
const twins = new WeakMap<object, Exact>();

/** What {@link readExact} read, with numbers that keep their text. Numbers by themselves have no text: ask for what they stand in. */
export const exactTwin = (value: unknown): Exact =>
  typeof value === 'object' && value !== null ? (twins.get(value) ?? value) : value;

/** Makes the twin of a value. Its keys are those of the value. */
function makeTwin(value: unknown, raw: unknown): Exact {
  if (typeof value === 'number') return numberTextOf(raw) === null ? exactNumber(JSON.stringify(value)) : raw;
  if (typeof value !== 'object' || value === null) return value;
  const known = twins.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: Exact[] = [];
    twins.set(value, list);
    for (const [index, item] of value.entries()) list.push(makeTwin(item, (raw as unknown[])[index]));
    return list;
  }
  const members: Record<string, Exact> = {};
  twins.set(value, members);
  // A key that is written as a number is one in `raw`, too.
  const raws = new Map(Object.entries(raw as object).map(([key, member]) => [keyOf(key), member]));
  for (const [key, member] of Object.entries(value)) {
    const twin = makeTwin(member, raws.get(key));
    Object.defineProperty(members, key, { value: twin, enumerable: true, writable: true, configurable: true });
  }
  return members;
}

const keyOf = (raw: string): string => {
  const text = numberTextOf(raw);
  return text === null ? raw : String(Number(text));
};

/**
 * The value of a document that was parsed without errors.
 *
 * @param text - of the document
 * @throws Error for aliases that would grow without end
 */
export function readExact(document: Document, text: string): unknown {
  const content: unknown = document.toJS();
  makeTwin(content, parseDocument(text, { customTags }).toJS());
  return content;
}

/** A fault of YAML in words for people: some of its reader's are for programmers. */
export function yamlFault(message: string): string {
  if (message.includes('multiple documents')) return 'This begins another document (---): a file has one.';
  if (message.includes('call stack')) return 'This is nested too deeply to be read.';
  if (message.includes('Excessive alias count')) return 'Its aliases (*name) would grow without end.';
  return message;
}
