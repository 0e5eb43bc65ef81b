import { RE2JS } from 're2js';
import { linearPattern } from './linearPattern.ts';
import { checkSyntax } from './patternSyntax.ts';
import type { Run } from './run.ts';

/** Maximum program size on the main thread: it compiles, and searches a short text, in far less than a millisecond. */
const maxSizeHere = 300;
/** Approximate steps to compile one instruction of a program. */
const compilingStepsPerInstruction = 100;

/** A pattern of a schema. */
export class Pattern {
  /** As ECMAScript reads it. */
  readonly source: string;
  readonly flags: string;
  /** As RE2 reads it; null where it cannot. */
  readonly linear: string | null;
  readonly size: number;
  /** Its size for compiling. */
  readonly #compiledSize: number;
  /** Whether it may run on the main thread. */
  readonly #runsHere: boolean;
  #compiled: RE2JS | null = null;

  /**
   * @param sizeLeft - maximum size of a program on this thread; 0 for a pattern that must never run here
   * @throws SyntaxError if it is not a pattern of ECMAScript in this mode
   */
  constructor(source: string, sizeLeft: number, flags = 'u') {
    checkSyntax(source, flags);
    const linear = flags === 'u' ? linearPattern(source) : null;
    this.source = source;
    this.flags = flags;
    this.linear = linear?.source ?? null;
    this.size = linear?.size ?? 0;
    this.#compiledSize = linear?.compiledSize ?? 0;
    this.#runsHere = linear !== null && linear.compiledSize <= Math.min(sizeLeft, maxSizeHere);
  }

  /** Its part of the total size that patterns may have on this thread. */
  get sizeHere(): number {
    return this.#runsHere ? this.#compiledSize : 0;
  }

  /** Whether the text has a match. If this thread cannot search for it, the run records the question, and the result is true. */
  matches(text: string, run: Run): boolean {
    run.spend(10 + (text.length >> 4));
    const work = this.size * (text.length + 1);
    if (this.#runsHere && work <= run.patternWork) {
      run.patternWork -= work;
      run.otherSteps += work;
      if (this.#compiled === null) {
        this.#compiled = RE2JS.compile(this.linear as string);
        run.otherSteps += this.#compiledSize * compilingStepsPerInstruction;
      }
      return this.#compiled.test(text);
    }
    const answer = run.answers?.answer(this, text);
    if (answer === undefined) {
      run.questions.push([this, text]);
      return true;
    }
    if (answer !== null) return answer;
    run.isTimedOut = true;
    return run.fail(
      `Searching this for the pattern ${shownPattern(this.source)} takes too long: simplify the pattern.`,
    );
  }
}

const maxShownLength = 100;
/** A pattern for a message; it is shortened, because it may be as long as a schema. */
export const shownPattern = (source: string): string =>
  JSON.stringify(source.length > maxShownLength ? `${source.slice(0, maxShownLength)}…` : source);
