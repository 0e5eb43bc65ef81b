import { type Context, prismaOf } from './context.ts';

/** Rows that a mutation has just changed: the domain vouched for them, so they are read without asking again. */
export const webhookById = (query: object, id: string, context: Context) =>
  prismaOf(context).webhook.findUniqueOrThrow({ ...query, where: { id } });

export const deliveryById = (query: object, id: string, context: Context) =>
  prismaOf(context).delivery.findUniqueOrThrow({ ...query, where: { id } });
