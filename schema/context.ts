import type { Principal } from '../core/access/principal.ts';
import type { AnswerBudget } from '../core/answers/budgets.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { Services } from './services.ts';

/** What resolvers know of the request they answer. Made anew for every operation and every event of a subscription. */
export interface Context {
  readonly principal: Principal;
  readonly services: Services;
  /** Batched look-ups, remembered for this operation alone. */
  readonly loaders: Loaders;
  /** What the caller proved to be the principal by: a subscription outlives the moment it was authorized in. */
  readonly authorization: string | undefined;
  /** How much of what is stored this operation may read: whoever reads texts that tenants make long asks first. */
  readonly answer: AnswerBudget;
}

export function createContext(
  services: Services,
  principal: Principal,
  authorization: string | undefined,
  answer: AnswerBudget,
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
    authorization,
    answer,
  };
}

/** The Prisma client behind a context. Its type stays out of `Context`, where it would slow every comparison of types. */
export const storeOf = (context: Context): object => context.services.prisma;

export const prismaOf = (context: Context): PrismaClient => context.services.prisma as PrismaClient;
