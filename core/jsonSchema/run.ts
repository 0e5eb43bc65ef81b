import type { Resource } from './schemaDocument.ts';

/** The check has used up its steps. */
export class TooMuchWork extends Error {}

/** Checks one value against one schema. After false, the run has the message and the path of the fault. */
export type Check = (value: unknown, run: Run) => boolean;

/** Maximum depth of nested schemas and references in a check. JavaScript's own stack allows more. */
const maxDepth = 1_000;

/** Accepts everything. Like every check it costs a step, so that no loop over checks is free. */
export const always: Check = (_value, run) => {
  run.spend(1);
  return true;
};

/** Accepts nothing. */
export const never: Check = (_value, run) => {
  run.spend(1);
  return run.fail('The event type’s schema allows nothing here: leave it out.');
};

/** Approximate steps to look for a member that an object does not have, more than for one that it has. */
export const stepsPerAbsent = 4;
/** Approximate steps to add to a set, and for each key of an object that has so many that it is stored as a table. */
const stepsPerAdded = 3;
const stepsPerKeyOfTable = 6;
/** Objects with fewer keys are not stored as tables. */
const leastKeysOfTable = 100;

/** The members of a value that schemas have evaluated and accepted, for `unevaluatedProperties` and `unevaluatedItems`. */
export class Evaluated {
  allNames = false;
  allItems = false;
  /** How many items from the first on. */
  items = 0;
  // There is one of these for each member of a value, and most have no sets.
  #names: Set<string> | null = null;
  #indexes: Set<number> | null = null;

  hasName(name: string): boolean {
    return this.#names?.has(name) ?? false;
  }

  hasIndex(index: number): boolean {
    return this.#indexes?.has(index) ?? false;
  }

  addName(name: string, run: Run): void {
    run.spend(stepsPerAdded);
    this.#names = (this.#names ?? new Set()).add(name);
  }

  addIndex(index: number, run: Run): void {
    run.spend(stepsPerAdded);
    this.#indexes = (this.#indexes ?? new Set()).add(index);
  }

  /** Takes over what the other one has, which is not used any more. */
  take(other: Evaluated, run: Run): void {
    this.allNames ||= other.allNames;
    this.allItems ||= other.allItems;
    this.items = Math.max(this.items, other.items);
    this.#names = united(this.#names, other.#names, run);
    this.#indexes = united(this.#indexes, other.#indexes, run);
  }
}

function united<T>(one: Set<T> | null, other: Set<T> | null, run: Run): Set<T> | null {
  if (one === null || other === null) return one ?? other;
  const [larger, smaller] = one.size < other.size ? [other, one] : [one, other];
  run.spend(stepsPerAdded * smaller.size);
  for (const item of smaller) larger.add(item);
  return larger;
}

/** The resources that a check has entered, innermost first. */
export interface Scope {
  readonly resource: Resource;
  readonly outer: Scope | null;
}

/** Answers to searches that could not run on this thread, for the next run of the same check. */
export interface PatternAnswers {
  /** @returns undefined: not known yet; null: the search exceeded its time */
  answer(pattern: object, text: string): boolean | null | undefined;
}

/** A closer look at a fault, taken only when it is shown: a check may try many branches that fail. */
export type CloserLook = () => { readonly message: string; readonly member: string } | null;

/** The state of one check of one value: the work that it has left, and the fault that it found. */
export class Run {
  #steps: number;
  /** Work left for searching patterns on this thread: characters times size of the pattern. */
  patternWork: number;
  /** Other work, in approximate steps. It never ends the check: a pattern compiled in one run is ready for the next. */
  otherSteps = 0;
  readonly answers: PatternAnswers | null;
  /** Searches that need an answer before this run's result counts. */
  readonly questions: [pattern: object, text: string][] = [];
  /** Whether a search took too long, which decides the result. */
  isTimedOut = false;
  evaluated: Evaluated | null = null;
  scope: Scope | null = null;
  #depth = 0;
  #message = '';
  #look: CloserLook | null = null;
  #path: (string | number)[] = [];
  #listed: object | null = null;
  #keys: readonly string[] = [];

  constructor(steps: number, patternWork: number, answers: PatternAnswers | null) {
    this.#steps = steps;
    this.patternWork = patternWork;
    this.answers = answers;
  }

  /** Steps left. */
  get steps(): number {
    return this.#steps;
  }

  /** What is wrong, as a sentence. */
  get message(): string {
    return this.#closer()?.message ?? this.#message;
  }

  /** How many levels inside the value the fault is. */
  get depthOfFault(): number {
    return this.#path.length;
  }

  /** The keys from the value to the fault. */
  get path(): readonly (string | number)[] {
    const closer = this.#closer();
    const path = this.#path.toReversed();
    return closer ? path.with(-1, closer.member) : path;
  }

  #closer(): ReturnType<CloserLook> {
    const found = this.#look?.() ?? null;
    this.#look = () => found;
    return found;
  }

  /** @throws TooMuchWork */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TooMuchWork();
  }

  /** Enters another schema. @param checks - how many it has: what the least of them costs is paid here @throws TooMuchWork */
  enter(checks: number): void {
    this.#steps -= 1 + (checks >> 1);
    if (this.#steps < 0 || ++this.#depth > maxDepth) throw new TooMuchWork();
  }

  /** The keys of an object. Several keywords ask for those of the same one, so the last list is kept. @throws TooMuchWork */
  keysOf(value: object): readonly string[] {
    if (value === this.#listed) return this.#keys;
    const keys = Object.keys(value);
    this.spend(keys.length < leastKeysOfTable ? 2 + keys.length : stepsPerKeyOfTable * keys.length);
    this.#listed = value;
    this.#keys = keys;
    return keys;
  }

  /** Leaves the schema that {@link enter} entered. */
  leave(): void {
    this.#depth--;
  }

  /**
   * Records what is wrong with the current value.
   *
   * @param look - what a closer look at the member of the fault, which {@link failedIn} names next, would say in its place
   */
  fail(message: string, look: CloserLook | null = null): false {
    this.#message = message;
    this.#look = look;
    this.#path.length = 0;
    return false;
  }

  /** Records that the fault is inside this member of the current value. */
  failedIn(member: string | number): false {
    this.#path.push(member);
    return false;
  }

  /** The current fault, to restore later with {@link failAs}. */
  fault(): Fault {
    this.spend(2 + this.#path.length);
    return { message: this.#message, look: this.#look, path: [...this.#path] };
  }

  failAs({ message, look, path }: Fault): false {
    this.#message = message;
    this.#look = look;
    this.#path = [...path];
    return false;
  }
}

export interface Fault {
  readonly message: string;
  readonly look: CloserLook | null;
  /** The keys from the fault to the value. */
  readonly path: readonly (string | number)[];
}
