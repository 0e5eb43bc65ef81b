import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { About } from '../core/deliveries/ownership.ts';
import { searchAttributes } from './searchAttributes.ts';

/** A delivery that waits: attempts made, and when the next is due, in milliseconds since the epoch. */
interface Named {
  readonly id: string;
  readonly made: number;
  readonly dueAt: number;
}

/** What waits. */
export interface Shown {
  /** How many, whether the workflow carries them or rows alone have them; null where that is not known. */
  readonly count: number | null;
  /** When the first of them is due, in milliseconds since the epoch; null where none waits, undefined where it is not known. */
  readonly nextDueAt: number | null | undefined;
  /** Those that are due first, in this order. */
  readonly first: (most: number) => readonly Named[];
}

/** Shortest time between two changes of search attributes: each is an event, and a write in Temporal's store. Milliseconds. */
export const showEveryMs = 10_000;
/** What is changed again sooner is not worth to be written down as text. Milliseconds. */
const soonMs = 1_000;
/** How many deliveries the details name. */
const maxNamed = 20;

type Updates = Extract<Parameters<typeof upsertSearchAttributes>[0], readonly unknown[]>;
type Value = Updates[number]['value'];

const comparable = (value: Value | undefined): Exclude<Value, Date> =>
  value instanceof Date ? value.getTime() : (value ?? null);

const timeOf = (at: number): string => new Date(at).toISOString();

/** What Temporal's UI and CLI show of a workflow besides its history, in Markdown. */
export function detailsOf({ count, nextDueAt, first }: Shown): string {
  if (count === 0) return 'No delivery waits.';
  const many = count === null ? 'Deliveries wait' : count === 1 ? '1 delivery waits' : `${count} deliveries wait`;
  const rows = first(maxNamed).map(({ id, made, dueAt }) => `| ${id} | ${made} | ${timeOf(dueAt)} |`);
  return [
    nextDueAt == null ? `${many}.` : `${many}; the next is due at ${timeOf(nextDueAt)}.`,
    ...(rows.length === 0 ? [] : ['', '| Delivery | Attempts made | Due |', '|---|---|---|', ...rows]),
  ].join('\n');
}

/**
 * Shows what of a webhook waits in Temporal's own UI, CLI and list of workflows: by search attributes, changed at most every
 * 10 s and only where they differ, and by the current details, which leave nothing in the history. Nothing is decided by what is
 * shown here: the list lags.
 */
export class Visibility {
  readonly #webhookId: string;
  readonly #said: Map<string, Value>;
  #saidAt = Number.NEGATIVE_INFINITY;
  #owes = false;
  #about: About | null = null;
  /** To set an attribute that the namespace has not would stop the workflow. Whoever started it with one knew that it has. */
  #findable: boolean;

  constructor(webhookId: string) {
    this.#webhookId = webhookId;
    const attributes = workflowInfo().typedSearchAttributes.getAll();
    this.#said = new Map(attributes.map(({ key, value }) => [key.name, value]));
    this.#findable = this.#said.has(searchAttributes.webhook.name);
  }

  /** @param findable - whether the worker found the search attributes in the namespace */
  learn(about: About | null | undefined, findable: boolean | undefined): void {
    this.#about = about ?? this.#about;
    this.#findable ||= findable === true;
  }

  /** Whether a change of the search attributes would be made now. */
  get isReady(): boolean {
    return this.#findable && Date.now() - this.#saidAt >= showEveryMs;
  }

  /** When what could not be shown yet is to be, in milliseconds since the epoch; null where everything is. */
  get dueAt(): number | null {
    return this.#owes ? this.#saidAt + showEveryMs : null;
  }

  /** @param until - when the workflow goes on by itself; null: it ends now, and what is shown is what stays */
  show(shown: Shown, until: number | null): void {
    const now = Date.now();
    if (until === null || until - now >= soonMs) setCurrentDetails(detailsOf(shown));
    if (!this.#findable) return;
    const updates = this.#updates(shown);
    this.#owes = updates.length > 0;
    if (!this.#owes || (until !== null && !this.isReady)) return;
    upsertSearchAttributes(updates);
    for (const { key, value } of updates) this.#said.set(key.name, value);
    this.#saidAt = now;
    this.#owes = false;
  }

  #updates({ count, nextDueAt }: Shown): Updates {
    const about = this.#about;
    const all: Updates = [
      { key: searchAttributes.webhook, value: this.#webhookId },
      ...(about === null
        ? []
        : [
            { key: searchAttributes.organization, value: about.organizationId },
            { key: searchAttributes.project, value: about.projectId },
            { key: searchAttributes.health, value: about.health },
          ]),
      ...(count === null ? [] : [{ key: searchAttributes.waiting, value: count }]),
      ...(nextDueAt === undefined
        ? []
        : [{ key: searchAttributes.nextDue, value: nextDueAt === null ? null : new Date(nextDueAt) }]),
    ];
    return all.filter(({ key, value }) => comparable(this.#said.get(key.name)) !== comparable(value));
  }
}
