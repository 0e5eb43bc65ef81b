import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { About } from '../core/deliveries/ownership.ts';
import { searchAttributes } from './searchAttributes.ts';

/** A waiting delivery: attempts made, and when the next is due, in milliseconds since the epoch. */
interface Named {
  readonly id: string;
  readonly made: number;
  readonly dueAt: number;
}

/** The waiting deliveries to show. */
export interface Shown {
  /** How many there are, in the workflow or only in rows; null if not known. */
  readonly count: number | null;
  /** When the first is due, in milliseconds since the epoch; null if none waits, undefined if not known. */
  readonly nextDueAt: number | null | undefined;
  /** The first ones in due order. */
  readonly first: (most: number) => readonly Named[];
}

/**
 * Minimum interval between two changes of search attributes: each is an event and a write in Temporal's store.
 * Milliseconds.
 */
export const showEveryMs = 10_000;
/** Details that change again sooner are not worth writing. Milliseconds. */
const soonMs = 1_000;
/** How many deliveries the details name. */
const maxNamed = 20;

type Updates = Extract<Parameters<typeof upsertSearchAttributes>[0], readonly unknown[]>;
type Value = Updates[number]['value'];

const comparable = (value: Value | undefined): Exclude<Value, Date> =>
  value instanceof Date ? value.getTime() : (value ?? null);

const timeOf = (at: number): string => new Date(at).toISOString();

/** The details that Temporal's UI and CLI show of a workflow besides its history, in Markdown. */
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
 * Shows a webhook's waiting deliveries in Temporal's UI, CLI and list of workflows: by search attributes, changed at most
 * every 10 s and only if they differ, and by the current details, which leave nothing in the history. Nothing is decided
 * by these: the list lags.
 */
export class Visibility {
  readonly #webhookId: string;
  readonly #said: Map<string, Value>;
  #saidAt = Number.NEGATIVE_INFINITY;
  #owes = false;
  #about: About | null = null;
  /** Setting an attribute that the namespace lacks would stop the workflow. A workflow that was started with one may set it. */
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

  /** When the search attributes may be changed, in milliseconds since the epoch; null: never. */
  get readyAt(): number | null {
    return this.#findable ? this.#saidAt + showEveryMs : null;
  }

  /** Whether the search attributes may be changed now. */
  get isReady(): boolean {
    return this.readyAt !== null && Date.now() >= this.readyAt;
  }

  /** When the remaining changes are to be shown, in milliseconds since the epoch; null if all are shown. */
  get dueAt(): number | null {
    return this.#owes ? this.readyAt : null;
  }

  /** @param until - when the workflow continues by itself; null: it ends now, and this is its last state */
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
