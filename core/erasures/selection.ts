import { parseJson } from '../json/parseJson.ts';
import type { KeyRing } from '../secrets/keyRing.ts';

/** Which events of a scope to erase. */
export type Selection =
  | { readonly kind: 'IDS'; readonly ids: readonly string[] }
  /** Those that have all of these labels. */
  | { readonly kind: 'LABELS'; readonly labels: readonly { readonly key: string; readonly value: string }[] };

const contextOf = (erasureId: string) => `erasure:${erasureId}`;

/** A label's value may name a person, so a running erasure keeps it encrypted. */
export const sealSelection = (keys: KeyRing, erasureId: string, selection: Selection): Buffer =>
  keys.seal(JSON.stringify(selection), contextOf(erasureId));

export const openSelection = (keys: KeyRing, erasureId: string, sealed: Uint8Array): Selection =>
  parseJson(keys.open(sealed, contextOf(erasureId))) as Selection;
