import { Pool } from 'undici';
import { countGraphQL } from './answers.ts';
import type { AttackTarget } from './attack.ts';

/** Calls to the API as an attacker makes them. */
export interface Calls {
  /** @returns the answer's text, whatever it says */
  send(query: string, variables?: object, key?: string): Promise<string>;
  /** As {@link send}, to prepare an attack. @throws Error if it is refused */
  ask<T>(query: string, variables?: object): Promise<T>;
  close(): Promise<void>;
}

/** @param connections - concurrent calls */
export function callsTo({ url, key }: AttackTarget, connections: number): Calls {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 });
  async function send(query: string, variables: object = {}, authorization = key): Promise<string> {
    const { body } = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${authorization}` },
      body: JSON.stringify({ query, variables }),
    });
    const text = await body.text();
    countGraphQL(text);
    return text;
  }
  return {
    send,
    async ask<T>(query: string, variables?: object) {
      const text = await send(query, variables);
      const { data, errors } = JSON.parse(text) as { data: T; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors).slice(0, 1_000));
      return data;
    },
    close: () => pool.destroy(),
  };
}

/** Keeps this many runs of a task going until the signal. Errors are ignored: they are the product's defence. */
export async function insist(atOnce: number, signal: AbortSignal, task: () => Promise<unknown>): Promise<void> {
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (!signal.aborted) {
        await task().catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
      }
    }),
  );
}

/** Makes a portal link that shows a project and changes nothing. */
export async function readOnlyLink(calls: Calls, { projectId }: AttackTarget): Promise<string> {
  const { createPortalLink } = await calls.ask<{ createPortalLink: { token: string } }>(
    'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
    { input: { projectId, permissions: ['WEBHOOK_READ'] } },
  );
  return createPortalLink.token;
}

export const createType = `mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }`;
export const createWebhook = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }`;
export const publishEvents = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;
