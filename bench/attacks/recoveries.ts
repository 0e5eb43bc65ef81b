import type { Attack } from './attack.ts';
import { callsTo, createType, createWebhook, insist, publishEvents } from './calls.ts';
import { startSink } from './sink.ts';

const webhooks = 20;
const eventsACall = 100;
const publishes = 20;
const atOnce = 20;

/** Recoveries of everything over and over, and counts of what they would send. */
export const recoveries: Attack = {
  title: `${atOnce} calls at once that count and recover ${(webhooks * eventsACall * publishes).toLocaleString('en')} missed events`,
  once: true,
  async prepare(target) {
    const { organizationId, projectId } = target;
    const api = callsTo(target, atOnce);
    const sink = await startSink();
    await api.ask(createType, { input: { projectId, name: 'be.missed', schema: {} } });
    const events = Array.from({ length: eventsACall }, (_, n) => ({ type: 'be.missed', data: { n } }));
    for (let made = 0; made < publishes; made++) await api.ask(publishEvents, { input: { projectId, events } });
    // Made afterwards: all events are missed.
    for (let made = 0; made < webhooks; made++) {
      const input = {
        organizationId,
        projectId,
        name: `Missed ${made}`,
        url: `${sink.url}/${made}`,
        eventTypes: ['be.missed'],
      };
      await api.ask(createWebhook, { input });
    }
    const input = { filter: { projectId } };
    const count = 'query ($input: RecoverableInput!) { recoverable(input: $input) { total } }';
    const recover =
      'mutation ($input: RecoverDeliveriesInput!) { recoverDeliveries(input: $input) { recovery { id } } }';
    let sent = 0;
    return {
      run: (signal) => insist(atOnce, signal, () => api.send(sent++ % 2 === 0 ? recover : count, { input })),
      async close() {
        sink.close();
        await api.close();
      },
    };
  },
};
