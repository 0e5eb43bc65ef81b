import { ApiError, invalid } from '../ground/errors.ts';
import { Compiler } from './compiler.ts';
import { memberPath } from './path.ts';
import { type PatternAnswers, Run, TooMuchWork } from './run.ts';
import { checkSize, SchemaDocument } from './schemaDocument.ts';
import { type SchemaWarning, warningsOf } from './warnings.ts';

/** Steps that every check may take: some milliseconds. A step is about the time for one small value. */
const baseSteps = 200_000;
/** Further steps for each character of the value's text; reading the text took as long. */
const stepsPerCharacter = 1;
/** Characters of texts, times parts of patterns, that are searched on this thread. At worst 100 ns each. */
const maxPatternWorkHere = 50_000;
/** Approximate memory of the checks per character of the schema, in bytes. */
const bytesPerCharacter = 40;

/** A JSON Schema of draft 2020-12, ready to check values. It holds nothing that a check changes, and knows no other schema. */
export interface CompiledSchema {
  /** Parts that are accepted, but are probably mistakes. */
  readonly warnings: readonly SchemaWarning[];
  /** Approximate memory that it takes, in bytes. */
  readonly bytes: number;
  /**
   * Checks a value, in a time that only the value's length bounds.
   *
   * @param field - path of the value, for errors
   * @param size - length of the value's JSON text
   * @param answers - answers to the questions of earlier verdicts
   */
  check(value: unknown, field: string, size: number, answers?: PatternAnswers): Verdict;
}

export interface Verdict {
  /** Why the value is refused: VALIDATION_FAILED whose field continues the value's, or LIMIT_EXCEEDED. Null: it fits. */
  readonly error: ApiError | null;
  /** Questions that must be answered first; until then there is no error. */
  readonly questions: readonly Question[];
  /** About how many steps it took. */
  readonly steps: number;
}

/** Whether a text has a match of a pattern that cannot be searched on this thread. */
export type Question = readonly [pattern: object, text: string];

/**
 * Compiles a JSON Schema in pieces of about a millisecond. Yields approximately how many steps each piece took.
 *
 * @param field - path of the schema in the arguments, for errors
 * @throws ApiError VALIDATION_FAILED that names the field inside the schema, or LIMIT_EXCEEDED
 */
export function* compileSchema(schema: unknown, text: string, field: string): Generator<number, CompiledSchema> {
  checkSize(schema, text, field);
  yield text.length;
  const document = yield* SchemaDocument.read(schema, field);
  const check = yield* new Compiler(document).compile();
  const warnings = yield* warningsOf(document);
  return {
    warnings,
    bytes: text.length * bytesPerCharacter,
    check(value, at, size, answers) {
      const maxSteps = baseSteps + stepsPerCharacter * size;
      const run = new Run(maxSteps, maxPatternWorkHere, answers ?? null);
      const fits = bounded(() => check(value, run));
      const steps = maxSteps - run.steps + run.otherSteps;
      if (fits === null) return { error: new ApiError('LIMIT_EXCEEDED', tooMuch, at), questions: [], steps };
      if (run.questions.length > 0) return { error: null, questions: run.questions, steps };
      if (fits) return { error: null, questions: [], steps };
      const place = run.path.reduce<string>(memberPath, at);
      const error = run.isTimedOut ? new ApiError('LIMIT_EXCEEDED', run.message, place) : invalid(place, run.message);
      return { error, questions: [], steps };
    },
  };
}

const tooMuch = 'Checking this against the schema takes too long: simplify the schema, or send less at once.';

/** @returns null if the work takes too many steps */
function bounded(work: () => boolean): boolean | null {
  try {
    return work();
  } catch (error) {
    // A RangeError: the calls were nested so deeply that the stack overflowed.
    if (error instanceof TooMuchWork || error instanceof RangeError) return null;
    throw error;
  }
}
