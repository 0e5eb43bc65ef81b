import { ApiError } from '../ground/errors.ts';
import { type CompiledSchema, compileSchema, type Question, type Verdict } from './compileSchema.ts';
import { Answers, PatternThread } from './patternThread.ts';
import { SteppedTurns } from './steppedTurns.ts';

/** Pieces of work that are smaller than this many steps run together. */
const stepsPerPiece = 20_000;
/** Maximum rounds of questions to the pattern thread: answers may lead to further questions. */
const maxRounds = 20;
/** Maximum questions that are sent at once, and approximate steps to send one and take its answer. */
const maxQuestions = 2_000;
const stepsPerQuestion = 60;

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
    const answers = new Answers();
    for (let round = 0; round < maxRounds; round++) {
      const verdict: Verdict | Promise<Verdict> = this.#turns.run(tenant, () =>
        schema.check(value, field, size, answers),
      );
      const { error, questions } = verdict instanceof Promise ? await verdict : verdict;
      if (questions.length === 0) return error;
      await this.#ask(tenant, questions, answers);
    }
    return new ApiError(
      'LIMIT_EXCEEDED',
      'Checking this against the schema’s patterns takes too long: simplify them.',
      field,
    );
  }

  /** Asks the pattern thread some at a time: to send them, too, is work that others wait for. */
  async #ask(tenant: string, questions: readonly Question[], answers: Answers): Promise<void> {
    for (let at = 0; at < questions.length; at += maxQuestions) {
      const some = questions.slice(at, at + maxQuestions);
      const characters = some.reduce((sum, [, text]) => sum + text.length, 0);
      await this.#turns.run(tenant, () => ({ steps: stepsPerQuestion * some.length + (characters >> 4) }));
      if (!(await this.#patterns.answer(tenant, some, answers))) return;
    }
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
