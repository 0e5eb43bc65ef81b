import type { Label } from '../labels/label.ts';
import type { IndexedList } from './indexedList.ts';
import { perScopeAnd } from './runs.ts';
import { typesOfLabel } from './typesOf.ts';
import type { Read } from './walk.ts';

/**
 * Events or deliveries by a label: of each type that has it, or of those asked for.
 *
 * @param name - what the list covers, besides the types
 */
export async function byLabel(
  read: Read,
  of: 'event' | 'delivery',
  organizationIds: readonly string[],
  { key, value }: Label,
  name: string,
  eventTypes: readonly string[] | undefined,
): Promise<IndexedList> {
  const types = eventTypes ?? (await typesOfLabel(read, `${of}_label`, organizationIds, { key, value }));
  const row = of === 'event' ? 'e' : 'd';
  return {
    covers: eventTypes ? [name, 'types'] : [name],
    parts: [
      {
        runs: perScopeAnd(organizationIds, types),
        from: `${of}_label l`,
        where: (p) =>
          `l.organization_id = scope.id AND l.key = ${p.add(key, 'text')} AND l.value = ${p.add(value, 'text')} AND l.event_type = each.value`,
        id: `l.${of}_id`,
        fits: (conditions) => `SELECT ${conditions} FROM ${of} ${row} WHERE ${row}.id = l.${of}_id`,
      },
    ],
  };
}
