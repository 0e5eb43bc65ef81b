import { ApiError } from '../ground/errors.ts';
import { type CompiledSchema, compileSchema, type Verdict } from './compileSchema.ts';
import { PatternThread } from './patternThread.ts';
import type { PatternAnswers } from './run.ts';
import { SteppedTurns } from './steppedTurns.ts';

/** Pieces of work that are smaller than this many steps run together. */
const stepsPerPiece = 20_000;
/** Maximum rounds of questions to the pattern thread: answers may lead to further questions. */
const maxRounds = 20;

/** Compiles and runs tenants' schemas, so that one tenant's schemas do not slow down the others. */
export class SchemaChecks {
  readonly #turns = new SteppedTurns();
  readonly #patterns = new PatternThread();

  /**
   * @param tenant - whose schema it is
   * @param field - path of the schema in the arguments, for errors
   * @throws ApiError VALIDATION_FAILED that names the field inside the schema, or LIMIT_EXCEEDED
   */
  async compile(tenant: string, schema: unknown, text: string, field: string): Promise<CompiledSchema> {
    return this.inPieces(tenant, compileSchema(schema, text, field));
  }

  /**
   * Does work for a tenant, in its turns.
   *
   * @param pieces - each says how many steps it took
   */
  async inPieces<Result>(tenant: string, pieces: Generator<number, Result>): Promise<Result> {
    for (;;) {
      const { ended } = await this.#turns.run(tenant, () => nextOf(pieces));
      if (ended) return ended.result;
    }
  }

  /**
   * @param tenant - whose value it is
   * @param field - path of the value in the arguments, for errors
   * @param size - length of the value's JSON text
   * @returns why the value is refused: VALIDATION_FAILED whose field continues `field`, or LIMIT_EXCEEDED. Null: it fits
   * @throws ApiError RATE_LIMITED if the tenant's patterns have used up their budget
   */
  async check(
    tenant: string,
    schema: CompiledSchema,
    value: unknown,
    field: string,
    size: number,
  ): Promise<ApiError | null> {
    let answers: PatternAnswers | undefined;
    for (let round = 0; round < maxRounds; round++) {
      const verdict: Verdict | Promise<Verdict> = this.#turns.run(tenant, () =>
        schema.check(value, field, size, answers),
      );
      const { error, questions } = verdict instanceof Promise ? await verdict : verdict;
      if (questions.length === 0) return error;
      answers = await this.#patterns.answer(tenant, questions, answers ?? null);
    }
    return new ApiError(
      'LIMIT_EXCEEDED',
      'Checking this against the schema’s patterns takes too long: simplify them.',
      field,
    );
  }

  close(): Promise<void> {
    return this.#patterns.close();
  }
}

function nextOf<Result>(pieces: Generator<number, Result>): { ended: { result: Result } | null; steps: number } {
  let steps = 0;
  while (steps < stepsPerPiece) {
    const { done, value } = pieces.next();
    if (done) return { ended: { result: value }, steps };
    steps += value;
  }
  return { ended: null, steps };
}
