import { type Schema, subschemas } from '../jsonSchema.ts';
import type { Work } from './work.ts';

/**
 * Replaces the schemas directly within one. Whatever holds many of them is copied once, not once for each.
 *
 * @param made - the schema, a copy that may be changed; what it holds is left as it is
 * @param write - makes a schema anew. `keys` lead to it: a keyword and, below most, a name or an index
 */
export function* rewriteParts(
  made: Record<string, unknown>,
  write: (inner: Schema, keys: readonly (string | number)[]) => Work<Schema>,
): Work<void> {
  const copies = new Map<string, Record<string | number, unknown>>();
  for (const [inner, keys] of subschemas(made)) {
    const [keyword, key] = keys as [string, (string | number)?];
    const value = yield* write(inner, keys);
    if (key === undefined) {
      made[keyword] = value;
      continue;
    }
    let copy = copies.get(keyword);
    if (!copy) {
      const held = made[keyword];
      copy = (Array.isArray(held) ? [...held] : { ...(held as object) }) as Record<string | number, unknown>;
      copies.set(keyword, copy);
      made[keyword] = copy;
    }
    // The copy has this key already, as one of its own, so this holds for `__proto__`, too.
    copy[key] = value;
  }
}
