import { RE2JS } from 're2js';
import { linearPattern } from './linearPattern.ts';
import type { Run } from './run.ts';

/** Programs that compile, and run on a short text, in far less than a millisecond. */
const largestHere = 300;
/** What compiling each part of a program takes. */
const stepsOfCompiling = 100;

/** A pattern of a schema. */
export class Pattern {
  /** As ECMAScript reads it. */
  readonly source: string;
  readonly flags: string;
  /** As RE2 reads it; null where it cannot. */
  readonly linear: string | null;
  readonly size: number;
  /** Whether it may run on the thread that serves everybody. */
  readonly #isHere: boolean;
  #compiled: RE2JS | null = null;

  /**
   * @param sizeLeft - how large a program may be that runs on this thread; 0 for patterns that never may
   * @throws SyntaxError where it is none of ECMAScript's `u` mode
   */
  constructor(source: string, sizeLeft: number, flags = 'u') {
    new RegExp(source, flags);
    const linear = flags === 'u' ? linearPattern(source) : null;
    this.source = source;
    this.flags = flags;
    this.linear = linear?.source ?? null;
    this.size = linear?.size ?? 0;
    this.#isHere = linear !== null && linear.size <= Math.min(sizeLeft, largestHere);
  }

  /** What of the size that patterns may have on this thread it takes. */
  get sizeHere(): number {
    return this.#isHere ? this.size : 0;
  }

  /** Whether the text has a match. Where that cannot be told here and now, the run gets the question, and the answer is yes. */
  matches(text: string, run: Run): boolean {
    run.spend(10 + (text.length >> 4));
    const work = this.size * (text.length + 1);
    if (this.#isHere && work <= run.patternWork) {
      run.patternWork -= work;
      run.otherSteps += work;
      if (this.#compiled === null) {
        this.#compiled = RE2JS.compile(this.linear as string);
        run.otherSteps += this.size * stepsOfCompiling;
      }
      return this.#compiled.test(text);
    }
    const answer = run.answers?.answer(this, text);
    if (answer === undefined) {
      run.questions.push([this, text]);
      return true;
    }
    if (answer !== null) return answer;
    run.isLate = true;
    return run.fail(
      `Searching this for the pattern ${shownPattern(this.source)} takes too long: simplify the pattern.`,
    );
  }
}

const maxShownLength = 100;
/** A pattern for a message; it is shortened, because it may be as long as a schema. */
export const shownPattern = (source: string): string =>
  JSON.stringify(source.length > maxShownLength ? `${source.slice(0, maxShownLength)}…` : source);
