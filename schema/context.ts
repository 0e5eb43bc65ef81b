import type { Principal } from '../core/access/principal.ts';
import type { AnswerBudget } from '../core/answers/budgets.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import type { CallTrace } from '../core/tracing/tracing.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { Services } from './services.ts';

/** The context of resolvers. Created for every operation and every event of a subscription. */
export interface Context {
  readonly principal: Principal;
  readonly services: Services;
  /** Batched look-ups, cached for this operation only. */
  readonly loaders: Loaders;
  /** How many stored bytes this operation may read. Reads of texts that tenants may make long ask it first. */
  readonly answer: AnswerBudget;
  /** Where the operation stands in a trace. One over a socket has no caller there. */
  readonly trace: CallTrace;
}

export function createContext(
  services: Services,
  principal: Principal,
  answer: AnswerBudget,
  trace: CallTrace = { traceparent: null },
): Context {
  let loaders: Loaders | undefined;
  const own = services.for(principal);
  return {
    principal,
    services: own,
    get loaders() {
      loaders ??= createLoaders(own, answer);
      return loaders;
    },
    answer,
    trace,
  };
}

/** The Prisma client behind a context. Its type stays out of `Context`, where it would slow every comparison of types. */
export const storeOf = (context: Context): object => context.services.prisma;

export const prismaOf = (context: Context): PrismaClient => context.services.prisma as PrismaClient;
