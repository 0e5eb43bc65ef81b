/**
 * What a webhook's workflow is found by in Temporal's list of workflows. Ids, times and counts alone: Temporal's own store
 * holds nothing that a tenant published or keeps secret.
 */
export const searchAttributes = {
  organization: { name: 'EverhookOrganization', type: 'KEYWORD' },
  /** Missing on a webhook of the whole organization. */
  project: { name: 'EverhookProject', type: 'KEYWORD' },
  webhook: { name: 'EverhookWebhook', type: 'KEYWORD' },
  /** Deliveries that wait for their next attempt. */
  waiting: { name: 'EverhookWaiting', type: 'INT' },
  /** When the first of them is due; missing where none waits. */
  nextDue: { name: 'EverhookNextDue', type: 'DATETIME' },
  /** The webhook's: `HEALTHY`, `DEGRADED` or `DISABLED`. */
  health: { name: 'EverhookHealth', type: 'KEYWORD' },
} as const;

/** The same as Temporal's own tools name their types. */
export const searchAttributeTypes: Readonly<Record<string, 'Keyword' | 'Int' | 'Datetime'>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name, type }) => [
    name,
    ({ KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime' } as const)[type],
  ]),
);

/** What an operator runs on a Temporal that does not let us make them. */
export const createCommand = (
  namespace: string,
  names: readonly string[] = Object.keys(searchAttributeTypes),
): string =>
  [
    `temporal operator search-attribute create --namespace ${namespace}`,
    ...names.map((name) => `--name ${name} --type ${searchAttributeTypes[name]}`),
  ].join(' ');
