import type { Attack } from './attack.ts';
import { callsTo, createType, createWebhook, publishEvents } from './calls.ts';
import { startSink } from './sink.ts';

const webhooks = 500;
const calls = 2;
const eventsACall = 100;

/** Two calls that make a hundred thousand deliveries. */
export const fanOut: Attack = {
  title: `${webhooks} webhooks, ${calls} calls of ${eventsACall} events`,
  once: true,
  async prepare(target) {
    const { organizationId, projectId } = target;
    const api = callsTo(target, 8);
    const sink = await startSink();
    await api.ask(createType, { input: { projectId, name: 'fan.out', schema: {} } });
    let made = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (made < webhooks) {
          const name = `Fan ${made++}`;
          const url = `${sink.url}/${made}`;
          await api.ask(createWebhook, { input: { organizationId, projectId, name, url, eventTypes: ['fan.out'] } });
        }
      }),
    );
    // So that the attack is not the first that uses these webhooks: that would measure how routes are read and code is compiled.
    for (let n = 0; n < 10; n++) {
      await api.ask(publishEvents, { input: { projectId, events: [{ type: 'fan.out', data: { n } }] } });
    }
    const events = Array.from({ length: eventsACall }, (_, n) => ({ type: 'fan.out', data: { n } }));
    return {
      async run() {
        await Promise.all(
          Array.from({ length: calls }, () => api.send(publishEvents, { input: { projectId, events } })),
        );
      },
      async close() {
        sink.close();
        await api.close();
      },
    };
  },
};
