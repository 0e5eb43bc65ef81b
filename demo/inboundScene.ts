import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { Everhook } from '@everhook/sdk';
import { startGitHubStandIn } from './gitHubStandIn.ts';
import type { ReceiverProcess } from './receiverProcess.ts';
import { startReceiver } from './receiverProcess.ts';
import type { Screen } from './screen.ts';

interface IssuesEvent {
  readonly action: string;
  readonly issue: { readonly id: number; readonly number: number; readonly title: string };
  readonly repository: { readonly full_name: string };
}

const timeoutMs = 30_000;

/** An `issues` event that GitHub has sent, as its community collected it. */
function gitHubIssuesEvent(): IssuesEvent {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    name: string;
    examples: IssuesEvent[];
  }[];
  const event = all.find(({ name }) => name === 'issues')?.examples.find(({ action }) => action === 'edited');
  if (!event) throw new Error('The package @octokit/webhooks-examples has no example of an edited issue.');
  return event;
}

/**
 * The other direction: GitHub reports an edited issue, the issue appears live, and the project's own webhook gets the
 * event. GitHub's API is a stand-in on this machine; the event is one that GitHub sent.
 *
 * @param receivers - started receivers are added here, for the caller to stop
 * @returns the problems found; empty if there are none
 */
export async function tellInboundScene(
  { url, operatorKey }: { readonly url: string; readonly operatorKey: string },
  screen: Screen,
  receivers: ReceiverProcess[],
  signal: AbortSignal,
): Promise<string[]> {
  const event = gitHubIssuesEvent();
  const key = `${event.repository.full_name}#${event.issue.number}`;
  const everhook = new Everhook({ url, apiKey: operatorKey });
  const gitHub = await startGitHubStandIn();
  const late = AbortSignal.timeout(timeoutMs);
  const ending = AbortSignal.any([signal, late]);
  const ask = async <T>(query: string, variables: object): Promise<T> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
      body: JSON.stringify({ query, variables }),
      signal: ending,
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]?.message);
    return data;
  };
  try {
    screen.line();
    screen.line('The other direction: an issue tracker reports.');
    screen.line();
    const organization = await everhook.organizations.create({ name: 'Harbour Robotics' }, { signal });
    const project = await everhook.projects.create(
      { organizationId: organization.id, name: 'Quality', profile: 'TESTPLANIT' },
      { signal },
    );
    const projectId = project.id;
    const receiver = await startReceiver('standardWebhooks');
    receivers.push(receiver);
    const { webhook, secret: outSecret } = await everhook.webhooks.create(
      {
        projectId,
        name: 'Issue board',
        url: receiver.url,
        profile: 'STANDARD',
        eventTypes: ['issue.created', 'issue.updated'],
      },
      { signal },
    );
    receiver.tell(outSecret as string);
    await ask(
      'mutation ($input: SetIssueIntegrationInput!) { setIssueIntegration(input: $input) { integration { id } } }',
      { input: { projectId, provider: 'GITHUB', baseUrl: gitHub.baseUrl, credentials: { token: gitHub.token } } },
    );
    const { createInboundWebhook: inbound } = await ask<{ createInboundWebhook: { url: string; secret: string } }>(
      'mutation ($input: CreateInboundWebhookInput!) { createInboundWebhook(input: $input) { url secret } }',
      { input: { projectId } },
    );
    screen.done('an integration with GitHub, checked, and an inbound webhook');

    const stream = await fetch(`${url}/api/issues/stream?projectId=${projectId}`, {
      headers: { authorization: `Bearer ${operatorKey}` },
      signal: ending,
    });
    const shown = issuesOf(stream);
    const problems: string[] = [];
    for (const title of [event.issue.title, `${event.issue.title} (seen by everybody)`]) {
      gitHub.put(key, { id: event.issue.id, title, state: 'open' });
      const sentAt = performance.now();
      const body = JSON.stringify({ ...event, issue: { ...event.issue, title } });
      const response = await fetch(`${url}${new URL(inbound.url).pathname}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'issues',
          'x-github-delivery': randomUUID(),
          'x-hub-signature-256': `sha256=${createHmac('sha256', inbound.secret).update(body).digest('hex')}`,
        },
        body,
        signal: ending,
      });
      const answeredMs = Math.round(performance.now() - sentAt);
      if (response.status !== 200) problems.push(`GitHub's event was answered with ${response.status}.`);
      const { value } = await shown.next();
      const liveMs = Math.round(performance.now() - sentAt);
      screen.line(
        `  GitHub: issues.${event.action} ${key}  answered in ${answeredMs} ms, live after ${liveMs} ms: “${value?.title ?? 'nothing'}”`,
      );
      if (value?.title !== title) problems.push(`The stream shows “${value?.title}” instead of “${title}”.`);
    }
    await shown.return(undefined);

    const told = new Map<string, string>();
    while (told.size < 2 && !ending.aborted) {
      for await (const delivery of everhook.deliveries.list({ projectId, signal: ending })) {
        if (delivery.webhook?.id === webhook.id && delivery.status === 'DELIVERED')
          told.set(delivery.id, delivery.eventType);
      }
    }
    const types = [...told.values()].sort();
    if (types.join() !== 'issue.created,issue.updated')
      problems.push(`The board got ${types.join(', ') || 'nothing'}.`);
    const verified = receiver.receipts.filter((receipt) => receipt.verified).length;
    if (verified !== 2) problems.push(`The board verified ${verified} of 2 requests.`);
    if (problems.length === 0) screen.done(`the issue board got ${types.join(' and ')}, signed and verified`);
    return problems;
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return [`After ${timeoutMs / 1_000} s the issue has not come through.`];
    throw error;
  } finally {
    await gitHub.close();
  }
}

/** The issues that a stream of Server-Sent Events shows. */
async function* issuesOf(response: Response): AsyncGenerator<{ title: string }> {
  if (response.body === null) return;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (block.includes('event: issue') && data !== undefined) yield JSON.parse(data);
    }
  }
}
