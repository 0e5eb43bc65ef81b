import { type Context, prismaOf } from './context.ts';

/** Reads rows that a mutation has just changed, without another permission check: the domain has checked already. */
export const webhookById = (query: object, id: string, context: Context) =>
  prismaOf(context).webhook.findUniqueOrThrow({ ...query, where: { id } });

export const deliveryById = (query: object, id: string, context: Context) =>
  prismaOf(context).delivery.findUniqueOrThrow({ ...query, where: { id } });
