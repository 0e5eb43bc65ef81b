import type { CatalogueEntry } from '../../profile.ts';
import { count, dateTime, entry, id, nullable, oneOf, type Properties, record, text } from '../schema.ts';

/** The kind of object that events are about, with the state that each of its events carries. */
export interface Subject {
  readonly name: string;
  readonly category: string;
  /** With its article, as in "A test run". */
  readonly noun: string;
  readonly required: Properties;
  readonly optional: Properties;
  readonly example: object;
}

/** What a verb adds to the subject's state. */
interface Verb {
  readonly name: string;
  readonly description: string;
  readonly adds: Properties;
  readonly example: object;
}

const result = record(
  { id, status: oneOf('passed', 'failed', 'blocked', 'skipped', 'retest') },
  {
    executed_by: nullable(record({ id, name: text })),
    elapsed_seconds: nullable(count),
    notes: nullable(text),
    executed_at: dateTime,
  },
);

const verbs: readonly Verb[] = [
  { name: 'created', description: 'was created.', adds: {}, example: {} },
  { name: 'updated', description: 'was changed.', adds: {}, example: {} },
  { name: 'deleted', description: 'was deleted. `data` is its last state.', adds: {}, example: {} },
  {
    name: 'state_changed',
    description: 'entered another state.',
    adds: { from_state: text, to_state: text },
    example: { from_state: 'New', to_state: 'In Progress', state: 'In Progress' },
  },
  {
    name: 'completed',
    description: 'was completed.',
    adds: { completed_at: dateTime },
    example: { state: 'Done', completed_at: '2026-06-27T16:40:02.118Z' },
  },
  {
    name: 'duplicated',
    description: 'was made as a copy of another.',
    adds: { source_id: id },
    example: { source_id: '1100' },
  },
  {
    name: 'result_added',
    description: 'got a result.',
    adds: { result },
    example: {
      result: {
        id: '88012',
        status: 'failed',
        executed_by: { id: 'u_12', name: 'Priya Nair' },
        elapsed_seconds: 312,
        notes: 'Card is charged twice after a retry.',
        executed_at: '2026-06-27T16:39:47.204Z',
      },
    },
  },
];

export function eventsOf({ name, category, noun, required, optional, example }: Subject): CatalogueEntry[] {
  return verbs.map((verb) =>
    entry(
      `${name}.${verb.name}`,
      category,
      `${noun} ${verb.description}`,
      record({ ...required, ...verb.adds }, optional),
      {
        ...example,
        ...verb.example,
      },
    ),
  );
}
