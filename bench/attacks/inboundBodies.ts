import { createHmac, randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { countStatus } from './answers.ts';
import type { Attack } from './attack.ts';
import { callsTo, insist } from './calls.ts';
import { startSink } from './sink.ts';

const atOnce = 4;
const body = Buffer.from(`[${'{},'.repeat(8_000_000)}{}]`);

/** Bodies with valid signatures that are expensive to read. */
export const inboundBodies: Attack = {
  title: `${atOnce} signed tracker bodies of 24 MB at once`,
  async prepare(target) {
    const calls = callsTo(target, 1);
    const { projectId } = target;
    const tracker = await startSink();
    await calls.ask(
      'mutation ($input: SetIssueIntegrationInput!) { setIssueIntegration(input: $input) { integration { id } } }',
      {
        input: { projectId, provider: 'GITHUB', baseUrl: tracker.url, credentials: { token: 'none' } },
      },
    );
    const { createInboundWebhook: made } = await calls.ask<{ createInboundWebhook: { url: string; secret: string } }>(
      'mutation ($input: CreateInboundWebhookInput!) { createInboundWebhook(input: $input) { url secret } }',
      { input: { projectId } },
    );
    const signature = `sha256=${createHmac('sha256', made.secret).update(body).digest('hex')}`;
    const pool = new Pool(target.url, { connections: atOnce, pipelining: 1, headersTimeout: 60_000 });
    return {
      run: (signal) =>
        insist(atOnce, signal, async () => {
          const answer = await pool.request({
            method: 'POST',
            path: new URL(made.url).pathname,
            headers: {
              'content-type': 'application/json',
              'x-github-event': 'issues',
              'x-github-delivery': randomUUID(),
              'x-hub-signature-256': signature,
            },
            body,
          });
          await answer.body.dump();
          countStatus(answer.statusCode);
          // After an early refusal the rest of the body is not sent, so the next request needs another
          // connection.
          if (answer.statusCode !== 200) throw new Error(`Refused with ${answer.statusCode}.`);
        }),
      async close() {
        tracker.close();
        await Promise.all([pool.destroy(), calls.close()]);
      },
    };
  },
};
