import type { Attack } from './attack.ts';
import { callsTo, createType, createWebhook, insist, publishEvents } from './calls.ts';
import { startSink } from './sink.ts';

const eventsACall = 100;
const publishes = 20;
const customers = 50;
const atOnce = 20;

/** Erasures by label without end, of events that have deliveries. */
export const erasures: Attack = {
  title: `${atOnce} calls at once that erase ${(eventsACall * publishes).toLocaleString('en')} events by ${customers} labels`,
  async prepare(target) {
    const { organizationId, projectId } = target;
    const api = callsTo(target, atOnce);
    const sink = await startSink();
    await api.ask(createType, { input: { projectId, name: 'be.erased', schema: {} } });
    const input = { organizationId, projectId, name: 'Erased', url: `${sink.url}/erased`, eventTypes: ['be.erased'] };
    await api.ask(createWebhook, { input });
    for (let made = 0; made < publishes; made++) {
      const events = Array.from({ length: eventsACall }, (_, n) => ({
        type: 'be.erased',
        data: { n },
        labels: [{ key: 'customer', value: `c_${n % customers}` }],
        idempotencyKey: `${made}-${n}`,
      }));
      await api.ask(publishEvents, { input: { projectId, events } });
    }
    const erase = 'mutation ($input: EraseEventsInput!) { eraseEvents(input: $input) { erasure { id } } }';
    let sent = 0;
    return {
      run: (signal) =>
        insist(atOnce, signal, () => {
          const labels = [{ key: 'customer', value: `c_${sent++ % customers}` }];
          return api.send(erase, { input: { projectId, labels } });
        }),
      async close() {
        sink.close();
        await api.close();
      },
    };
  },
};
