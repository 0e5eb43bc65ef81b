import { ApiError } from '../ground/errors.ts';
import { type CompiledSchema, compileSchema, type Verdict } from './compileSchema.ts';
import { PatternThread } from './patternThread.ts';
import type { PatternAnswers } from './run.ts';
import { SteppedTurns } from './steppedTurns.ts';

/** About how many steps compiling one character of a schema takes. */
const stepsOfCharacter = 5;
/** Answers to a pattern's questions lead to further ones at most so often. */
const mostRounds = 20;

/** Compiles and runs tenants' schemas, so that one tenant's harm nobody else. */
export class SchemaChecks {
  readonly #turns = new SteppedTurns();
  readonly #patterns = new PatternThread();

  /**
   * @param tenant - whose schema it is
   * @param field - where the schema lies in the arguments, for errors
   * @throws ApiError VALIDATION_FAILED that names the place inside the schema, or LIMIT_EXCEEDED
   */
  async compile(tenant: string, schema: unknown, text: string, field: string): Promise<CompiledSchema> {
    const steps = text.length * stepsOfCharacter;
    const { compiled } = await this.#turns.run(tenant, () => ({
      compiled: compileSchema(schema, text, { field }),
      steps,
    }));
    return compiled;
  }

  /**
   * @param tenant - whose value it is
   * @param field - where the value lies in the arguments, for errors
   * @param size - length of the value's JSON text
   * @returns why the value is refused: VALIDATION_FAILED whose field continues `field`, or LIMIT_EXCEEDED. Null: it fits
   * @throws ApiError RATE_LIMITED where the tenant's patterns took too much lately
   */
  async check(
    tenant: string,
    schema: CompiledSchema,
    value: unknown,
    field: string,
    size: number,
  ): Promise<ApiError | null> {
    let answers: PatternAnswers | undefined;
    for (let round = 0; round < mostRounds; round++) {
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
