import { batched, type Loader } from './batched.ts';
import { type Context, prismaOf } from './context.ts';

/** Idempotency keys of events, by the events' ids. Whoever asks has seen the events. */
export const keys = (context: Context): Promise<Loader<string>> =>
  context.loaders.once('idempotency keys', async () =>
    batched(async (ids) => {
      const rows = await prismaOf(context).idempotencyKey.findMany({
        where: { eventId: { in: ids }, expiresAt: { gt: new Date() } },
        select: { eventId: true, key: true },
      });
      return rows.map(({ eventId, key }) => ({ id: eventId, value: key }));
    }),
  );
