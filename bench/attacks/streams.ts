import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { countStatus } from './answers.ts';
import type { Attack } from './attack.ts';
import { callsTo } from './calls.ts';

const keys = 5;
const streamsAKey = 500;

/** As many issue streams as one organization's keys may open, and events that wake none of them. */
export const streams: Attack = {
  title: `${keys * streamsAKey} streams of issues, by ${keys} keys`,
  async prepare(target) {
    const { organizationId, projectId, url } = target;
    const calls = callsTo(target, 1);
    const made: string[] = [];
    for (let index = 0; index < keys; index++) {
      const { createApiKey } = await calls.ask<{ createApiKey: { key: string } }>(
        'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
        { input: { organizationId, name: `Streams ${index}`, permissions: ['WEBHOOK_READ'] } },
      );
      made.push(createApiKey.key);
    }
    const open: ClientRequest[] = [];
    return {
      async run(signal) {
        for (let index = 0; index < keys * streamsAKey && !signal.aborted; index++) {
          const stream = request(`${url}/api/issues/stream?projectId=${projectId}`, {
            headers: { authorization: `Bearer ${made[index % keys]}` },
            agent: false,
          });
          stream.on('error', () => {});
          stream.on('response', (response) => {
            countStatus(response.statusCode ?? 0);
            response.resume();
          });
          stream.end();
          open.push(stream);
          if (index % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 50));
        }
        if (!signal.aborted) await once(signal, 'abort');
      },
      async close() {
        for (const stream of open) stream.destroy();
        await calls.close();
      },
    };
  },
};
