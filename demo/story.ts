import { type Delivery, Everhook } from '@everhook/sdk';
import { differences, expectedOf, type Figures, observedOf } from './figures.ts';
import { LiveLog } from './liveLog.ts';
import { type GithubEvent, githubEvents } from './payloads.ts';
import { type ReceiverProcess, startReceiver } from './receiverProcess.ts';
import type { Screen } from './screen.ts';
import { type Subscriber, subscribers } from './subscribers.ts';

export interface Installation {
  readonly url: string;
  readonly operatorKey: string;
}

/** What the story made, for readers who want to look around in it. */
export interface StoryOutcome {
  readonly projectId: string;
  readonly projectKey: string;
  /** The problems found; empty if there are none. */
  readonly problems: readonly string[];
}

interface Subscribed extends Subscriber {
  readonly webhookId: string;
  readonly receiver: ReceiverProcess;
}

/** A pause between events, so that there is something to watch; milliseconds. */
const paceMs = 30;
const timeoutMs = 60_000;

/**
 * The product's main job on real input, through the SDK alone: set up, publish, watch, compare.
 *
 * @param receivers - started receivers are added here, for the caller to stop
 */
export async function tellStory(
  { url, operatorKey }: Installation,
  screen: Screen,
  receivers: ReceiverProcess[],
  signal: AbortSignal,
): Promise<StoryOutcome> {
  const events = githubEvents();
  const operator = new Everhook({ url, apiKey: operatorKey });
  const organization = await operator.organizations.create({ name: 'Octo Corp' }, { signal });
  const project = await operator.projects.create({ organizationId: organization.id, name: 'GitHub' }, { signal });
  const { key } = await operator.apiKeys.create(
    { organizationId: organization.id, projectId: project.id, name: 'demo', role: 'ADMIN' },
    { signal },
  );
  screen.done('an organization, a project and an API key of that project');

  // From here on the project's own key does everything.
  const everhook = new Everhook({ url, apiKey: key });
  const projectId = project.id;
  for (const { type, category, description, schema, data } of events) {
    await everhook.eventTypes.create(
      { projectId, name: type, category, description, schema, example: data },
      { signal },
    );
  }
  screen.done(`${events.length} event types, each with a JSON Schema and a real example`);

  const watch = everhook.deliveries.watch({ projectId }, { signal });
  await watch.ready;
  const subscribed = await subscribeAll(everhook, projectId, receivers, signal);
  screen.done(`${subscribed.length} webhooks: ${subscribed.map(({ name }) => name).join(', ')}`);
  screen.line();
  screen.line(`Publishing ${events.length} payloads that GitHub sent; the lines come from the live subscription.`);
  screen.line();

  const totals = subscribed.map((each) => {
    const { published } = expectedOf(each, events);
    return [each.webhookId, { name: each.name, total: published }] as const;
  });
  const log = new LiveLog(screen, Date.now(), new Map(totals));
  const publishing = publishAll(everhook, projectId, events, signal);
  const late = setTimeout(() => void watch.return(), timeoutMs);
  // A failure to publish ends the subscription, too.
  publishing.catch(() => watch.return());
  for await (const update of watch) {
    log.tell(update);
    if (log.complete) break;
  }
  clearTimeout(late);
  const publishedAt = await publishing;
  signal.throwIfAborted();

  const logged: Delivery[] = [];
  for await (const delivery of everhook.deliveries.list({ projectId, signal })) logged.push(delivery);
  const problems = [
    ...(publishedAt.size === events.length ? [] : [`${publishedAt.size} events have ids of their own.`]),
    ...(logged.filter(({ isTest, status }) => isTest && status === 'DELIVERED').length === 1
      ? []
      : ['Onplana’s webhooks get a ping when they are made; this one’s is not in the log as delivered.']),
    ...(log.complete ? [] : [`After ${timeoutMs / 1000} s deliveries are still open: ${log.missing} have ended.`]),
    ...logged
      .filter(({ id, status }) => log.latest.get(id)?.status !== status)
      .map(({ id, status }) => `The log has ${status} for ${id}; the live feed did not show that.`),
    ...showTable(screen, subscribed, events, logged, publishedAt),
  ];
  await showFailed(everhook, screen, logged, signal);
  return { projectId, projectKey: key, problems };
}

async function subscribeAll(
  everhook: Everhook,
  projectId: string,
  receivers: ReceiverProcess[],
  signal: AbortSignal,
): Promise<readonly Subscribed[]> {
  const subscribed: Subscribed[] = [];
  for (const subscriber of subscribers) {
    const receiver = await startReceiver(subscriber.program);
    receivers.push(receiver);
    const { webhook, secret } = await everhook.webhooks.create(
      { ...subscriber.webhook, projectId, name: subscriber.name, url: receiver.url },
      { signal },
    );
    receiver.tell(secret as string);
    subscribed.push({ ...subscriber, webhookId: webhook.id, receiver });
  }
  return subscribed;
}

/** @returns when each event was handed to `publish`, by its id */
async function publishAll(
  everhook: Everhook,
  projectId: string,
  events: readonly GithubEvent[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const publishedAt = new Map<string, number>();
  const calls = [];
  for (const { type, data } of events) {
    signal.throwIfAborted();
    const at = Date.now();
    const call = everhook.events.publish({ type, data }, { projectId, signal });
    calls.push(call.then(({ id }) => publishedAt.set(id, at)));
    await new Promise((resolve) => setTimeout(resolve, paceMs));
  }
  await Promise.all(calls);
  return publishedAt;
}

/** @returns the problems found */
function showTable(
  screen: Screen,
  subscribed: readonly Subscribed[],
  events: readonly GithubEvent[],
  logged: readonly Delivery[],
  publishedAt: ReadonlyMap<string, number>,
): string[] {
  const problems: string[] = [];
  const observed = subscribed.map(({ webhookId, receiver }) => ({
    deliveries: logged.filter(({ webhook, isTest }) => webhook?.id === webhookId && !isTest),
    receipts: receiver.receipts,
  }));
  const rows = subscribed.map((each, index) => {
    const figures = observedOf(observed.slice(index, index + 1), publishedAt);
    problems.push(...differences(each.name, expectedOf(each, events), figures));
    return rowOf(each.name, figures);
  });
  rows.push(rowOf('All', observedOf(observed, publishedAt)));
  const heads = ['', 'published', 'delivered', 'retried', 'failed', 'verified', 'p50', 'p99'];
  screen.line();
  screen.table([heads, ...rows]);
  const legend =
    'Events published; deliveries delivered, failed, verified; attempts retried; time from publish to the receiver’s 2xx.';
  screen.line();
  screen.line(screen.style('dim', `  ${legend}`));
  return problems;
}

const rowOf = (name: string, { published, delivered, retried, failed, verified, p50Ms, p99Ms }: Figures) => [
  name,
  ...[published, delivered, retried, failed, verified].map(String),
  ...[p50Ms, p99Ms].map((ms) => (ms === null ? '–' : `${ms} ms`)),
];

/** Shows the log of one failed delivery. */
async function showFailed(everhook: Everhook, screen: Screen, logged: readonly Delivery[], signal: AbortSignal) {
  const failed = logged.find(({ status }) => status === 'FAILED');
  if (!failed) return;
  const { eventType, webhook, attempts } = await everhook.deliveries.get(failed.id, { signal });
  screen.line();
  screen.line(screen.style('dim', `  The log of one that failed: ${eventType} → ${webhook?.name}`));
  for (const { number, startedAt, outcome, error } of attempts) {
    screen.line(screen.style('dim', `  attempt ${number}  ${startedAt}  ${outcome}  ${error ?? ''}`));
  }
}
