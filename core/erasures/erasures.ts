import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { once } from '../actions/actionKey.ts';
import { audit } from '../audit/audit.ts';
import type { DirectDeliveries } from '../deliveries/direct.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { requireRoom } from '../store/requireRoom.ts';
import { rarestFirst } from './nextEvents.ts';
import { type Selection, sealSelection } from './selection.ts';

const maxIds = 1_000;
/** Erasures of one organization under way. */
const maxRunning = 20;

export interface ErasureInput {
  readonly scope: Scope;
  readonly selection: Selection;
  readonly key: string | null;
}

/** Takes the content of events away, for good: data, labels, and what receivers answered. */
export interface Erasures {
  /**
   * Begins an erasure of the events that exist now. It cannot be stopped.
   *
   * @returns the erasure's id. @throws ApiError NOT_FOUND, FORBIDDEN, VALIDATION_FAILED or LIMIT_EXCEEDED; nothing is erased then
   */
  begin(principal: Principal, input: ErasureInput): Promise<string>;
}

export function createErasures(parts: {
  direct: DirectDeliveries;
  keys: KeyRing;
  /** Called for each new erasure, after the commit. */
  start: (erasureId: string, organizationId: string) => void;
}): Erasures {
  const { direct, keys, start } = parts;

  return {
    async begin(principal, { scope, selection, key }) {
      requireIn(principal, 'EVENT_ERASE', scope);
      checkSelection(selection);
      const { organizationId, projectId } = scope;
      const request = ['erase', organizationId, projectId ?? '', JSON.stringify(selection)];
      const { id } = await direct.run(organizationId, ({ transaction }) =>
        once(transaction, principal, { organizationId, key, request }, async () => {
          if (selection.kind === 'IDS') {
            const { rows } = await transaction.query<{ id: string }>(
              `SELECT id FROM event
                WHERE id = ANY ($1::uuid[]) AND organization_id = $2 AND ($3::uuid IS NULL OR project_id = $3)`,
              [selection.ids, organizationId, projectId],
            );
            const found = new Set(rows.map((row) => row.id));
            const missing = selection.ids.findIndex((each) => !found.has(each));
            if (missing !== -1) throw notFound('event', `input.ids[${missing}]`);
          }
          const chosen =
            selection.kind === 'LABELS'
              ? { ...selection, labels: await rarestFirst(transaction, organizationId, selection.labels) }
              : selection;
          const full = new ApiError(
            'LIMIT_EXCEEDED',
            `At most ${maxRunning} erasures run at once: wait for one to finish.`,
          );
          await requireRoom(transaction, 'erasure', organizationId, `state = 'RUNNING'`, maxRunning, full);
          const erasureId = newId();
          const labelKeys = selection.kind === 'LABELS' ? selection.labels.map((label) => label.key) : [];
          await transaction.query(
            `INSERT INTO erasure (id, organization_id, project_id, selector, label_keys, selector_sealed, current_ids,
                                  principal_kind, principal_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8, clock_timestamp())`,
            [
              ...[erasureId, organizationId, projectId, selection.kind, labelKeys],
              ...[sealSelection(keys, erasureId, chosen), principal.kind, principal.id],
            ],
          );
          await audit(transaction, principal, {
            organizationId,
            projectId,
            action: 'erasure.started',
            target: { type: 'erasure', id: erasureId },
            after: { selector: selection.kind, ...(selection.kind === 'IDS' ? {} : { labelNames: labelKeys }) },
          });
          return { id: erasureId };
        }),
      );
      start(id, organizationId);
      return id;
    },
  };
}

function checkSelection(selection: Selection): void {
  if (selection.kind === 'LABELS') {
    if (selection.labels.length === 0) throw invalid('input.labels', 'Name at least one label.');
    return;
  }
  if (selection.ids.length === 0) throw invalid('input.ids', 'Name at least one event.');
  if (selection.ids.length > maxIds) {
    throw new ApiError('LIMIT_EXCEEDED', `A call takes at most ${maxIds} ids; nothing was erased.`, 'input.ids');
  }
}
