import type { Attack } from './attack.ts';
import { callsTo, createType, createWebhook, publishEvents } from './calls.ts';
import { startSink } from './sink.ts';

const webhooks = 20;
const events = 500;
const eventsACall = 100;

/** Every webhook gets every event, and no request is answered within its minute. */
export const silentReceivers: Attack = {
  title: `${webhooks} webhooks whose receiver never answers, ${events} events`,
  async prepare(target) {
    const { organizationId, projectId } = target;
    const calls = callsTo(target, 8);
    const sink = await startSink();
    await calls.ask(createType, { input: { projectId, name: 'silent.event', schema: {} } });
    for (let index = 0; index < webhooks; index++) {
      await calls.ask(createWebhook, {
        input: {
          organizationId,
          projectId,
          name: `Silent ${index}`,
          url: `${sink.url}/silent`,
          timeout: 'PT60S',
          eventTypes: ['silent.event'],
        },
      });
    }
    return {
      async run() {
        for (let sent = 0; sent < events; sent += eventsACall) {
          const batch = Array.from({ length: eventsACall }, (_, at) => ({
            type: 'silent.event',
            data: { n: sent + at },
          }));
          await calls.send(publishEvents, { input: { projectId, events: batch } });
        }
      },
      async close() {
        sink.close();
        await calls.close();
      },
    };
  },
};
