import { visible } from '../core/access/visible.ts';
import type { DeliveryStatus as Status } from '../core/store/prisma/client.ts';
import { batched, type Loader } from './batched.ts';
import { builder } from './builder.ts';
import { type Context, prismaOf } from './context.ts';
import { DeliveryStatus } from './enums.ts';

interface Count {
  readonly status: Status;
  readonly count: number;
}

export const DeliveryCount = builder.objectRef<Count>('DeliveryCount').implement({
  description: 'How many deliveries of an event are in one state.',
  fields: (t) => ({
    status: t.expose('status', { type: DeliveryStatus, description: 'The state that they are in.' }),
    count: t.exposeInt('count', { description: 'How many there are: 1 or more.' }),
  }),
});

/** Counts an event's deliveries by status, those of all events of an answer at once. Nobody counts what they may not see. */
export const counts = (context: Context): Promise<Loader<readonly Count[]>> =>
  context.loaders.once('delivery counts', async () =>
    batched(async (ids) => {
      const rows = await prismaOf(context).delivery.groupBy({
        by: ['eventId', 'status'],
        where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { eventId: { in: ids } }] },
        orderBy: [{ eventId: 'asc' }, { status: 'asc' }],
        _count: true,
      });
      const found = new Map<string, Count[]>();
      for (const { eventId, status, _count: count } of rows) {
        if (eventId === null) continue;
        found.set(eventId, [...(found.get(eventId) ?? []), { status, count }]);
      }
      return [...found].map(([id, value]) => ({ id, value }));
    }),
  );
