import type { z } from 'zod';
import type { Principal } from '../../core/access/principal.ts';
import type { AnswerBudget } from '../../core/answers/budgets.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';
import type { operations } from './operations.ts';
import type { Shown, shapes } from './shapes.ts';

/** @typeParam Body - undefined: no content */
export interface RestAnswer<Body = unknown> {
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The handler of each operation, with a query and a body that passed their shapes. */
export type Handlers = {
  readonly [Name in keyof typeof operations]: (request: {
    readonly principal: Principal;
    /** The id in the path, as the store writes it; empty if the path has none. */
    readonly id: string;
    /** The header `Idempotency-Key` of a POST; null if there is none. */
    readonly idempotencyKey: string | null;
    /** Where the request stands in a trace. */
    readonly trace: CallTrace;
    readonly query: z.output<(typeof operations)[Name]['query']>;
    readonly body: z.output<(typeof operations)[Name]['body']>;
    /** What the answer may take: whoever may answer much calls `read` before. */
    readonly answer: AnswerBudget;
  }) => Promise<
    (typeof operations)[Name]['answer'] extends { readonly shape: infer Shape extends keyof typeof shapes }
      ? RestAnswer<Shown<Shape>>
      : RestAnswer
  >;
};
