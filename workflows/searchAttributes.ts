/**
 * The search attributes of a webhook's workflow in Temporal's list. Only ids, times and counts: Temporal's store holds
 * nothing that a tenant published or keeps secret.
 */
export const searchAttributes = {
  organization: { name: 'EverhookOrganization', type: 'KEYWORD' },
  /** Missing for a webhook of the whole organization. */
  project: { name: 'EverhookProject', type: 'KEYWORD' },
  webhook: { name: 'EverhookWebhook', type: 'KEYWORD' },
  /** Deliveries that wait for their next attempt. */
  waiting: { name: 'EverhookWaiting', type: 'INT' },
  /** When the first of them is due; missing if none waits. */
  nextDue: { name: 'EverhookNextDue', type: 'DATETIME' },
  /** The webhook's health: `HEALTHY`, `DEGRADED` or `DISABLED`. */
  health: { name: 'EverhookHealth', type: 'KEYWORD' },
} as const;

/** The same, with the type names of Temporal's own tools. */
export const searchAttributeTypes: Readonly<Record<string, 'Keyword' | 'Int' | 'Datetime'>> = Object.fromEntries(
  Object.values(searchAttributes).map(({ name, type }) => [
    name,
    ({ KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime' } as const)[type],
  ]),
);

/** The command for an operator whose Temporal does not let Everhook make them. */
export const createCommand = (
  namespace: string,
  names: readonly string[] = Object.keys(searchAttributeTypes),
): string =>
  [
    `temporal operator search-attribute create --namespace ${namespace}`,
    ...names.map((name) => `--name ${name} --type ${searchAttributeTypes[name]}`),
  ].join(' ');
