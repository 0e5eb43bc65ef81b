import { randomUUID } from 'node:crypto';
import { signature } from '../../core/inbound/providers/hmac.ts';
import type { FakeGitHub } from '../trackers/github.ts';
import type { TestApi, TestTenant } from './api.ts';

/** A tenant's project with its inbound webhook, and what a tracker must know to use it. */
export interface InboundProject {
  readonly tenant: TestTenant;
  readonly url: string;
  readonly secret: string | null;
}

export const setIntegration = `mutation ($input: SetIssueIntegrationInput!) {
  setIssueIntegration(input: $input) { removedInboundWebhook integration { id provider baseUrl removesInboundWebhook supportsInboundWebhook } } }`;
export const createInbound = `mutation ($input: CreateInboundWebhookInput!) {
  createInboundWebhook(input: $input) { url secret inboundWebhook { id provider canRotate } } }`;

/** The API's URLs name the address at which trackers reach it; tests use the address on which it listens. */
export const reachable = (api: TestApi, url: string): string => `${api.url}${new URL(url).pathname}`;

/** Creates a project whose integration is this GitHub, with an inbound webhook. */
export async function gitHubProject(api: TestApi, gitHub: FakeGitHub, tenant?: TestTenant): Promise<InboundProject> {
  const owner = tenant ?? (await api.tenant('TESTPLANIT'));
  const { projectId } = owner;
  await api.data(owner.key, setIntegration, {
    input: { projectId, provider: 'GITHUB', baseUrl: gitHub.baseUrl, credentials: { token: gitHub.token } },
  });
  const { createInboundWebhook } = await api.data(owner.key, createInbound, { input: { projectId } });
  return {
    tenant: owner,
    url: reachable(api, createInboundWebhook.url),
    secret: createInboundWebhook.secret,
  };
}

export interface GitHubSending {
  readonly delivery?: string;
  readonly event?: string;
  readonly headers?: Record<string, string>;
}

/** Sends as GitHub does. */
export function sendGitHub(
  { url, secret }: Pick<InboundProject, 'url' | 'secret'>,
  content: unknown,
  { delivery = randomUUID(), event = 'issues', headers = {} }: GitHubSending = {},
): Promise<Response> {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': signature(secret ?? '', Buffer.from(body)),
      ...headers,
    },
    body,
  });
}

/** An event about an issue, as GitHub sends it. */
export const issueEvent = (id = 444500041, number = 1, action = 'edited') => ({
  action,
  issue: { id, number, title: 'Spelling error in the README file' },
  repository: { id: 186853002, full_name: 'Codertocat/Hello-World' },
  sender: { login: 'Codertocat' },
});
