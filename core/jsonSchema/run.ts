import type { Resource } from './schemaDocument.ts';

/** The check of a value has used up its steps. */
export class TooMuchWork extends Error {}

/** Checks one value by one schema. Where it answers false, the run says what is wrong and where. */
export type Check = (value: unknown, run: Run) => boolean;

/** Maximum depth of nested schemas and references in a check. JavaScript's own stack allows more. */
const maxDepth = 1_000;

/** Which of a value's members were looked at by schemas that accepted them, for `unevaluatedProperties` and `unevaluatedItems`. */
export class Seen {
  allNames = false;
  allItems = false;
  readonly names = new Set<string>();
  /** So many items from the first on. */
  items = 0;
  readonly indexes = new Set<number>();

  add(other: Seen): void {
    this.allNames ||= other.allNames;
    this.allItems ||= other.allItems;
    this.items = Math.max(this.items, other.items);
    for (const name of other.names) this.names.add(name);
    for (const index of other.indexes) this.indexes.add(index);
  }
}

/** The resources that a check went through, the innermost first. */
export interface Scope {
  readonly resource: Resource;
  readonly outer: Scope | null;
}

/** What cannot be searched here and now: asked elsewhere, and answered for the next run. */
export interface PatternAnswers {
  /** @returns undefined: not known yet; null: the search took longer than it may */
  answer(pattern: object, text: string): boolean | null | undefined;
}

/** One check of one value: what it may still take, and what it found wrong. */
export class Run {
  #steps: number;
  /** What is left for searching patterns here: characters times parts of the pattern. */
  patternWork: number;
  /** What else it took, in about as many steps. It ends nothing: what was compiled for the first run is there for the next. */
  otherSteps = 0;
  readonly answers: PatternAnswers | null;
  /** Of patterns and texts: what must be asked before this run says anything. */
  readonly questions: [pattern: object, text: string][] = [];
  /** A search took too long: nothing else counts any more. */
  isLate = false;
  seen: Seen | null = null;
  scope: Scope | null = null;
  #depth = 0;
  #message = '';
  #path: (string | number)[] = [];

  constructor(steps: number, patternWork: number, answers: PatternAnswers | null) {
    this.#steps = steps;
    this.patternWork = patternWork;
    this.answers = answers;
  }

  /** How many steps are left. */
  get steps(): number {
    return this.#steps;
  }

  /** What is wrong, as a sentence. */
  get message(): string {
    return this.#message;
  }

  /** How far inside the value the fault is. */
  get depthOfFault(): number {
    return this.#path.length;
  }

  /** From the value to the fault. */
  get path(): readonly (string | number)[] {
    return this.#path.toReversed();
  }

  /** @throws TooMuchWork */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TooMuchWork();
  }

  /** Begins with another schema. @throws TooMuchWork */
  enter(): void {
    if (--this.#steps < 0 || ++this.#depth > maxDepth) throw new TooMuchWork();
  }

  /** Ends what {@link enter} began. */
  leave(): void {
    this.#depth--;
  }

  /** Notes what is wrong with the value that is being checked. */
  fail(message: string): false {
    this.#message = message;
    this.#path.length = 0;
    return false;
  }

  /** What is wrong is wrong with this member of the value that is being checked. */
  failedIn(member: string | number): false {
    this.#path.push(member);
    return false;
  }

  /** What is wrong now, to come back to. */
  fault(): Fault {
    this.spend(2 + this.#path.length);
    return { message: this.#message, path: [...this.#path] };
  }

  failAs({ message, path }: Fault): false {
    this.#message = message;
    this.#path = [...path];
    return false;
  }
}

export interface Fault {
  readonly message: string;
  /** From the fault to the value. */
  readonly path: readonly (string | number)[];
}
