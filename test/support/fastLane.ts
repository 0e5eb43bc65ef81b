import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { Dispatcher } from '../../core/deliveries/dispatcher.ts';
import { Recorder } from '../../core/deliveries/recorder.ts';
import { RouteCache } from '../../core/deliveries/routing.ts';
import { Waker } from '../../core/deliveries/waker.ts';
import { GroupCommit } from '../../core/events/groupCommit.ts';
import type { KeyRing } from '../../core/secrets/keyRing.ts';
import type { Sender } from '../../core/sender/exchange.ts';
import { createSender } from '../../core/sender/sender.ts';

/**
 * What stores and sends events in an API process. Nothing is handed over because its receiver is slow.
 *
 * @param atOnce - requests of the process, and to one webhook
 * @param around - what stands between it and the sender
 */
export function openFastLane(pool: Pool, keys: KeyRing, atOnce: number, around = (sender: Sender): Sender => sender) {
  const log = pino({ level: 'silent' });
  const notifier = { changed() {}, close: async () => {} };
  /** Webhooks whose workflows were signalled. */
  const woken: string[] = [];
  const waker = new Waker(async (webhookId) => void woken.push(webhookId), log);
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
  const recorder = new Recorder({ pool, notifier, log, onHealthTransition() {} });
  const lease = { valid: true, shareOf: (limit: number) => limit };
  const limits = { perProcess: atOnce, perWebhook: atOnce, patienceMs: 3_600_000 };
  const dispatcher = new Dispatcher({ pool, sender: around(sender), recorder, waker, lease, log, limits });
  const routes = new RouteCache(pool, keys);
  const commits = new GroupCommit({ pool, routes, dispatcher, waker, processId: v7(), notifier, log });
  return {
    dispatcher,
    commits,
    lease,
    woken,
    async close() {
      await waker.close();
      await dispatcher.close();
      await sender.close();
    },
  };
}
