import { hexOf, parseColour } from '@everhook/sdk/theme';

/**
 * What the product stores of what a file says: a plan compares that, so that it settles. What the product would refuse stays as it is.
 *
 * @module
 */

export const storedName = (name: string): string => name.trim();

/** An empty description is none. */
export const storedDescription = (text: string | null | undefined): string | null | undefined =>
  text?.trim() === '' ? null : text;

export const storedUrl = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);

/** Each item once. */
export const storedSet = <Item>(items: readonly Item[]): Item[] => [...new Set(items)];

type Members = Readonly<Record<string, unknown>>;

const changed =
  (change: (text: string) => string) =>
  (value: unknown): unknown =>
    typeof value === 'string' ? change(value) : value;

const colourOf = changed((text) => {
  const parsed = parseColour(text);
  return parsed === null ? text : hexOf(parsed);
});
const nameOf = changed(storedName);
const urlOf = changed(storedUrl);

/** Changes the members of an object that it names. */
const membersOf =
  (change: (member: string, value: unknown) => unknown) =>
  (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([member, each]) => [member, change(member, each)]))
      : value;

const coloursOf = membersOf((_name, colour) => colourOf(colour));
const list = (change: (items: readonly unknown[]) => unknown) => (value: unknown) =>
  // A list that is cleared is empty.
  Array.isArray(value) ? change(value) : (value ?? []);

const ofMember: Readonly<Record<string, (value: unknown) => unknown>> = {
  title: nameOf,
  fonts: list((names) => names.map(nameOf)),
  hidden: list(storedSet),
  light: coloursOf,
  dark: coloursOf,
  back: membersOf((member, value) => (member === 'url' ? urlOf(value) : nameOf(value))),
};

/** A theme's members. */
export const storedTheme = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([member, value]) => [member, ofMember[member]?.(value) ?? value]));
