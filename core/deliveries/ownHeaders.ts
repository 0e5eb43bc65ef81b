import { invalid } from '../ground/errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { checkHeader } from '../sender/headers.ts';

/**
 * A webhook's own request headers. Their values are often credentials, and no name tells which: no value is ever shown again.
 * Only this file decides what is shown of them.
 */
export type OwnHeader = readonly [name: string, value: string];

/** A header as the API takes it. */
export interface HeaderInput {
  readonly name: string;
  /** If left out, the stored value of this name stays. */
  readonly value?: string | null | undefined;
}

/** Shown instead of a value. */
export const hiddenValue = '[redacted]';

const maxHeaders = 20;

const contextOf = (webhookId: string) => `webhook_headers:${webhookId}`;

/** @throws SealError */
export const openHeaders = (keys: KeyRing, webhookId: string, sealed: Uint8Array | null): OwnHeader[] =>
  sealed === null ? [] : (parseJson(keys.open(sealed, contextOf(webhookId))) as OwnHeader[]);

/** The same for what goes on without them: null where they cannot be decrypted. */
export function openHeadersOrNull(keys: KeyRing, webhookId: string, sealed: Uint8Array | null): OwnHeader[] | null {
  if (sealed === null) return [];
  const opened = keys.openOrNull(sealed, contextOf(webhookId));
  return opened === null ? null : (parseJson(opened) as OwnHeader[]);
}

/** @returns null for none */
export const sealHeaders = (keys: KeyRing, webhookId: string, headers: readonly OwnHeader[]): Buffer | null =>
  headers.length === 0 ? null : keys.seal(JSON.stringify(headers), contextOf(webhookId));

export const shownHeaders = (headers: readonly OwnHeader[]): OwnHeader[] =>
  headers.map(([name]) => [name, hiddenValue]);

/**
 * Checks a webhook's new headers, the complete list.
 *
 * @param stored - opens its current headers; called only if a value was left out, so that a complete list also replaces headers
 *   that cannot be decrypted
 * @throws ApiError VALIDATION_FAILED
 */
export function requireHeaders(
  given: readonly HeaderInput[],
  stored: () => readonly OwnHeader[],
  profile: ProfileDefinition,
): OwnHeader[] {
  if (given.length > maxHeaders) throw invalid('input.headers', `A webhook has at most ${maxHeaders} headers.`);
  const needed = given.some(({ value }) => value == null) ? stored() : [];
  const known = new Map(needed.map(([name, value]) => [name.toLowerCase(), value]));
  const seen = new Set<string>();
  return given.map(({ name, value: ofInput }, index) => {
    const field = `input.headers[${index}]`;
    const lower = name.toLowerCase();
    const value = ofInput ?? known.get(lower);
    if (value === undefined) {
      throw invalid(`${field}.value`, 'This webhook has no header of that name yet: give its value.');
    }
    if (ofInput === hiddenValue) {
      throw invalid(
        `${field}.value`,
        `"${hiddenValue}" stands for a value that is not shown: leave it out to keep that.`,
      );
    }
    const problem = checkHeader(name, value, profile.ownedHeaders);
    if (problem) throw invalid(field, problem);
    if (seen.has(lower)) throw invalid(`${field}.name`, 'This header is given twice: give it once.');
    seen.add(lower);
    return [name, value];
  });
}
