import { firstIdOf } from '../core/ground/idTime.ts';
import { latencyOf } from './figures.ts';
import type { Installation } from './installation.ts';
import { fillLog, type Log, webhooksEach } from './listingData.ts';

/** The times of one list's first pages. */
export interface ListFigures {
  readonly list: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Rows of the page. */
  readonly rows: number;
  /** Whether the page ended early. */
  readonly endedEarly: boolean;
}

/** What a list may take. */
export const allowedMs = 200;

const page = '{ edges { node { id createdAt } } pageInfo { hasNextPage } searchedUntil }';
const deliveries = (args: string) => `{ list: deliveries(first: 50, ${args}) ${page} }`;
const events = (args: string) => `{ list: events(first: 50, ${args}) ${page} }`;
/** The last page, or the one in front of a cursor. */
const backwards = (list: 'deliveries' | 'events', args: string) => `{ list: ${list}(last: 50, ${args}) ${page} }`;

/** The cursor of a time, as a page that ends there has it. */
const cursorAt = (time: number) => Buffer.from(`GPC:S:${firstIdOf(time)}`).toString('base64');

/** Lists by what they show: what is common, what is rare, what is not there, and what never occurs together. */
function lists({ organizationId, projectIds, webhookIds }: Log, eventId: string): Record<string, string> {
  const all = `organizationId: "${organizationId}"`;
  const project = `projectId: "${projectIds[2]}"`;
  const well = `webhookId: "${webhookIds[0]}"`;
  const failing = `webhookId: "${webhookIds[webhooksEach - 1]}"`;
  const type = (nth: number | string) => `eventTypes: ["order.changed.${nth}"]`;
  const customer = 'labels: [{ key: "customer", value: "c_42" }]';
  const pro = 'labels: [{ key: "plan", value: "pro" }]';
  const fortnight = `before: "${cursorAt(Date.now() - 15 * 86_400_000)}"`;
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  return {
    'the log': deliveries(all),
    'the log of a project': deliveries(project),
    'the log of a webhook': deliveries(well),
    'the log, 20 days ago': deliveries(`${all}, to: "${daysAgo(20)}"`),
    'a common type': deliveries(`${all}, ${type(0)}`),
    'a type that does not exist': deliveries(`${all}, ${type('none')}`),
    'a webhook and a common type': deliveries(`${well}, ${type(1)}`),
    'a webhook and a type that it never got': deliveries(`${well}, ${type(0)}`),
    'a project and a type that it never got': deliveries(`${project}, ${type(0)}`),
    failed: deliveries(`${all}, statuses: [FAILED]`),
    'failed, of a webhook that has none': deliveries(`${well}, statuses: [FAILED]`),
    'delivered, of a webhook that has none': deliveries(`${failing}, statuses: [DELIVERED]`),
    'failed, and answered 200': deliveries(`${all}, statuses: [FAILED], responseCode: 200`),
    'answered 500, of a webhook that never did': deliveries(`${well}, responseCode: 500`),
    'under way': deliveries(`${all}, statuses: [PENDING, SENDING, RETRYING]`),
    tests: deliveries(`${all}, isTest: true`),
    'a rare label': deliveries(`${all}, ${customer}`),
    'a common label': deliveries(`${all}, ${pro}`),
    'a label and a type that it never has': deliveries(`${all}, ${pro}, ${type(15)}`),
    'a common label of a webhook': deliveries(`${well}, ${pro}`),
    'a common label, failed, of a webhook that has none': deliveries(`${well}, ${pro}, statuses: [FAILED]`),
    'two labels': deliveries(`${all}, labels: [{ key: "plan", value: "pro" }, { key: "customer", value: "c_7" }]`),
    'what trackers sent, where none did': deliveries(`${all}, direction: INBOUND`),
    'what was sent': deliveries(`${all}, direction: OUTBOUND`),
    'what was sent to a project, of a common type': deliveries(`${project}, direction: OUTBOUND, ${type(0)}`),
    'of one event': deliveries(`eventId: "${eventId}"`),
    'the last page of the log': backwards('deliveries', all),
    'backwards, from 15 days ago': backwards('deliveries', `${all}, ${fortnight}`),
    'backwards, of a webhook and a type that it never got': backwards(
      'deliveries',
      `${well}, ${type(0)}, ${fortnight}`,
    ),
    'backwards, a common label': backwards('deliveries', `${all}, ${pro}, ${fortnight}`),
    'backwards, failed, of a webhook that has none': backwards(
      'deliveries',
      `${well}, statuses: [FAILED], ${fortnight}`,
    ),
    'backwards, events': backwards('events', `${all}, ${fortnight}`),
    'backwards, events of a label without its type': backwards('events', `${all}, ${pro}, ${type(15)}, ${fortnight}`),
    events: events(all),
    'events of a project': events(project),
    'events of a common type': events(`${all}, ${type(0)}`),
    'events of a project and a type that it never had': events(`${project}, ${type(0)}`),
    'events of a rare label': events(`${all}, ${customer}`),
    'events of a common label': events(`${all}, ${pro}`),
    'events of a label and a type that it never has': events(`${all}, ${pro}, ${type(15)}`),
    'events that matched no webhook': events(`${all}, matchedNoWebhook: true`),
    'events that are tests': events(`${all}, isTest: true`),
    'events whose data contains something common': events(`${all}, dataContains: { order: { state: "paid" } }`),
    'events whose data contains nothing like it': events(`${all}, dataContains: { order: { state: "lost" } }`),
  };
}

/** The same for who may read one project alone, and names nothing. */
const listsOfReader: Readonly<Record<string, string>> = {
  'a project’s reader: the log': deliveries('isTest: false'),
  'a project’s reader: a common type': deliveries('eventTypes: ["order.changed.0"]'),
  'a project’s reader: a type that the project never had': deliveries('eventTypes: ["order.changed.0"], isTest: true'),
  'a project’s reader: failed': deliveries('statuses: [FAILED]'),
  'a project’s reader: a rare label': deliveries('labels: [{ key: "customer", value: "c_42" }]'),
  'a project’s reader: the last page': backwards('deliveries', 'direction: OUTBOUND'),
  'a project’s reader: events of a common label': events('labels: [{ key: "plan", value: "pro" }]'),
};

/** Fills a log with so many deliveries, and reads the first page of every list many times. */
export async function measureListing(
  installation: Installation,
  size: number,
  times: number,
  say: (text: string) => void,
): Promise<ListFigures[]> {
  const { create, parts } = installation;
  const { organization } = await create<{ organization: { id: string } }>(
    'mutation C($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { name: 'Listed' },
  );
  const { key } = await create<{ key: string }>(
    'mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { organizationId: organization.id, name: 'Reader', role: 'ADMIN' },
  );
  say(`a log of ${size.toLocaleString('en')} deliveries`);
  const log = await fillLog(parts.databaseUrl, organization.id, size);
  const { key: readerKey } = await create<{ key: string }>(
    'mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    {
      organizationId: organization.id,
      projectId: log.projectIds[2],
      name: 'Reader of a project',
      permissions: ['WEBHOOK_READ'],
    },
  );
  const ask = async (by: string, query: string) => {
    const response = await fetch(`${parts.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${by}` },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await response.json()) as {
      data: { list: { edges: { node: { id: string } }[]; searchedUntil: string | null } };
      errors?: unknown;
    };
    if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
    return data.list;
  };
  const some = await ask(
    key,
    events(`organizationId: "${organization.id}", to: "${new Date(Date.now() - 86_400_000).toISOString()}"`),
  );
  const found: ListFigures[] = [];
  const asked = [
    ...Object.entries(lists(log, some.edges[0]?.node.id as string)).map(([list, query]) => ({ list, query, by: key })),
    ...Object.entries(listsOfReader).map(([list, query]) => ({ list, query, by: readerKey })),
  ];
  for (const { list, query, by } of asked) {
    const took: number[] = [];
    let rows = 0;
    let endedEarly = false;
    for (let nth = 0; nth < times; nth++) {
      const beganAt = performance.now();
      const { edges, searchedUntil } = await ask(by, query);
      took.push(performance.now() - beganAt);
      rows = edges.length;
      endedEarly = searchedUntil !== null;
    }
    found.push({ list, ...latencyOf(took), rows, endedEarly });
  }
  return found;
}

/** One line for each list; ! is beyond what it may take. */
export const listingTable = (found: readonly ListFigures[]): string =>
  found
    .map(({ list, p50Ms, p99Ms, rows, endedEarly }) => {
      const time = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms${p99Ms > allowedMs ? ' !' : ''}`;
      return `  ${list.padEnd(54)}${time.padEnd(34)}${rows} rows${endedEarly ? ', ended early' : ''}\n`;
    })
    .join('');
