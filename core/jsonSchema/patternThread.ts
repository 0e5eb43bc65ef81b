import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ApiError } from '../ground/errors.ts';
import type { Question } from './compileSchema.ts';
import type { Pattern } from './pattern.ts';
import type { PatternAnswers } from './run.ts';

/** Maximum time for the searches that are sent at once, in milliseconds. */
const maxSearchMs = 50;
/** After this time the linear engine takes over, in milliseconds. */
const quickMs = 10;
/** Maximum time that a check waits for the thread's answer, however busy the machine is. */
const maxWaitMs = 5_000;
/** A tenant's share of the thread's time: a burst, and what each second adds to it, in milliseconds. */
const budget = { burstMs: 1_000, msPerSecond: 200 };
/** The cost of a search that had to be terminated: a new thread is started. */
const terminationCostMs = 250;
/** Maximum checks of one tenant that wait for the thread. */
const maxWaiting = 100;

/** A pattern as it is sent to the thread. */
interface SentPattern {
  readonly source: string;
  readonly flags: string;
  readonly linear: string | null;
}

interface SentJob {
  readonly patterns: readonly SentPattern[];
  readonly texts: readonly string[];
  readonly searches: readonly (readonly [pattern: number, text: number])[];
}

interface SentResult {
  readonly found: readonly boolean[];
  readonly ms: number;
}

/** Shared with the thread: which search of the job is running, and when the job began. */
type Progress = Float64Array;
const [atSearch, beganAt] = [0, 1] as const;
const progressOfNone = (): Progress => new Float64Array(new SharedArrayBuffer(16));

/**
 * The code of the thread. The main thread sends it as text, so it must use nothing from outside itself.
 *
 * ECMAScript's own engine searches first: it is quick for nearly all patterns. After {@link quickMs}, RE2 takes over, whose time is
 * linear to the text. If RE2 cannot read the pattern, ECMAScript's engine continues, and the main thread terminates this thread.
 */
function serve({ parentPort, workerData }: typeof import('node:worker_threads'), load: NodeJS.Require): void {
  const { RE2JS } = load(workerData.re2js) as typeof import('re2js');
  const { createContext, Script } = load('node:vm') as typeof import('node:vm');
  const progress = new Float64Array(workerData.progress);
  const sandbox = { work() {} };
  const context = createContext(sandbox);
  const script = new Script('work()');
  /** @returns whether the work ended in time */
  const within = (timeout: number, work: () => void): boolean => {
    sandbox.work = work;
    try {
      script.runInContext(context, { timeout });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
      throw error;
    }
  };
  parentPort?.on('message', ({ patterns, texts, searches }: SentJob) => {
    const startedAt = performance.now();
    progress[1] = performance.timeOrigin + startedAt;
    // A pattern is read by its first search, which is to blame if that takes too long.
    const engines: { test(text: string): boolean }[] = [];
    const engineOf = (pattern: number) => {
      const { source, flags } = patterns[pattern] as SentPattern;
      const engine = engines[pattern] ?? new RegExp(source, flags);
      engines[pattern] = engine;
      return engine;
    };
    const found: boolean[] = [];
    const searchOn = () => {
      for (let at = found.length; at < searches.length; at++) {
        progress[0] = at;
        const [pattern, text] = searches[at] as [number, number];
        found.push(engineOf(pattern).test(texts[text] as string));
      }
    };
    while (found.length < searches.length && !within(workerData.quickMs, searchOn)) {
      const pattern = searches[found.length]?.[0] as number;
      const linear = patterns[pattern]?.linear ?? null;
      if (linear === null || engines[pattern] instanceof RE2JS) searchOn();
      else engines[pattern] = RE2JS.compile(linear);
    }
    parentPort?.postMessage({ found, ms: performance.now() - startedAt } satisfies SentResult);
  });
  parentPort?.postMessage('ready');
}

/** Answers to questions about one value. */
export class Answers implements PatternAnswers {
  readonly #found = new Map<object, Map<string, boolean | null>>();

  answer(pattern: object, text: string): boolean | null | undefined {
    return this.#found.get(pattern)?.get(text);
  }

  add([pattern, text]: Question, found: boolean | null): void {
    const texts = this.#found.get(pattern);
    if (texts) texts.set(text, found);
    else this.#found.set(pattern, new Map([[text, found]]));
  }
}

interface Job {
  readonly tenant: string;
  readonly questions: readonly Question[];
  done(found: readonly boolean[]): void;
  timedOut(search: number): void;
  failed(error: unknown): void;
}

/**
 * Runs the searches that are too slow for the main thread: patterns with look-around or back references, whose time has no bound,
 * and long texts. They run on a thread of their own with a time limit. A search that exceeds it is terminated together with its
 * thread. Tenants take turns, and each has a budget.
 */
export class PatternThread {
  #progress = progressOfNone();
  readonly #waiting = new Map<string, Job[]>();
  readonly #budgets = new Map<string, { leftMs: number; at: number }>();
  #thread: Worker | null = null;
  #isReady = false;
  #job: Job | null = null;
  #watch: NodeJS.Timeout | null = null;
  #isClosed = false;

  /**
   * @param answers - to which the new ones are added
   * @returns false if a search took too long: what comes after it is not answered
   * @throws ApiError RATE_LIMITED if the tenant's budget is used up
   */
  async answer(tenant: string, questions: readonly Question[], answers: Answers): Promise<boolean> {
    this.#requireBudget(tenant);
    const others = this.#waiting.get(tenant) ?? [];
    if (others.length >= maxWaiting) throw busy(1);
    return await new Promise<boolean>((resolve, reject) => {
      others.push({
        tenant,
        questions,
        done: (found) => {
          for (const [index, question] of questions.entries()) answers.add(question, found[index] ?? false);
          resolve(true);
        },
        timedOut: (search) => {
          answers.add(questions[search] as Question, null);
          resolve(false);
        },
        failed: reject,
      });
      this.#waiting.set(tenant, others);
      this.#next();
    });
  }

  /** Ends the thread, and refuses all waiting checks. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#failAll(busy(1));
    await this.#terminate();
  }

  #failAll(error: ApiError): void {
    const left = [...(this.#job ? [this.#job] : []), ...[...this.#waiting.values()].flat()];
    this.#waiting.clear();
    this.#job = null;
    if (this.#watch) clearTimeout(this.#watch);
    for (const job of left) job.failed(error);
  }

  #next(): void {
    if (this.#job || this.#isClosed || this.#waiting.size === 0) return;
    if (!this.#thread) this.#start();
    if (!this.#isReady) return;
    const [[tenant, [job, ...others]]] = this.#waiting as unknown as [[string, [Job, ...Job[]]]];
    this.#waiting.delete(tenant);
    if (others.length > 0) this.#waiting.set(tenant, others);
    this.#job = job;
    this.#progress[atSearch] = 0;
    this.#progress[beganAt] = 0;
    this.#thread?.postMessage(jobOf(job.questions));
    this.#watchFor(performance.now(), process.cpuUsage());
  }

  #start(): void {
    // A new buffer: a thread that is being terminated may still write to the old one.
    this.#progress = progressOfNone();
    const thread = new Worker(`(${serve.toString()})(require('node:worker_threads'), require)`, {
      eval: true,
      // The thread gets none of this process's environment.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
      workerData: { re2js: createRequire(import.meta.url).resolve('re2js'), progress: this.#progress.buffer, quickMs },
    });
    thread.unref();
    thread.on('message', (message: 'ready' | SentResult) => {
      if (thread !== this.#thread) return;
      if (message === 'ready') this.#isReady = true;
      else this.#finish((job) => job.done(message.found), message.ms);
      this.#next();
    });
    // The thread ran out of memory, or the pattern overflowed its stack: the search that was running is the cause.
    const ended = () => {
      if (thread !== this.#thread) return;
      if (!this.#isReady) this.#failAll(cannotStart());
      this.#thread = null;
      this.#isReady = false;
      this.#finish((job) => job.timedOut(this.#progress[atSearch] ?? 0), terminationCostMs);
      this.#next();
    };
    thread.on('error', ended);
    thread.on('exit', ended);
    this.#thread = thread;
    this.#isReady = false;
  }

  /**
   * Time counts from the thread's start of the job, and only if this process used as much CPU time meanwhile: on a busy machine,
   * a pattern is not blamed for waiting.
   */
  #watchFor(since: number, cpuBefore: NodeJS.CpuUsage): void {
    this.#watch = setTimeout(() => {
      const began = this.#progress[beganAt] ?? 0;
      const runsMs = began === 0 ? 0 : performance.timeOrigin + performance.now() - began;
      const { user, system } = process.cpuUsage(cpuBefore);
      const isOver = runsMs >= maxSearchMs && (user + system) / 1_000 >= maxSearchMs;
      if (isOver || performance.now() - since >= maxWaitMs) void this.#giveUp();
      else this.#watchFor(since, cpuBefore);
    }, maxSearchMs / 2);
    this.#watch.unref();
  }

  async #giveUp(): Promise<void> {
    const search = this.#progress[atSearch] ?? 0;
    const ending = this.#terminate();
    this.#finish((job) => job.timedOut(search), terminationCostMs);
    await ending;
    this.#next();
  }

  #finish(how: (job: Job) => void, ms: number): void {
    if (this.#watch) clearTimeout(this.#watch);
    this.#watch = null;
    const job = this.#job;
    this.#job = null;
    if (!job) return;
    const left = this.#budgets.get(job.tenant);
    if (left) left.leftMs -= ms;
    how(job);
  }

  async #terminate(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    this.#isReady = false;
    await thread?.terminate();
  }

  #requireBudget(tenant: string): void {
    const now = performance.now();
    const known = this.#budgets.get(tenant);
    const leftMs = known
      ? Math.min(budget.burstMs, known.leftMs + ((now - known.at) / 1_000) * budget.msPerSecond)
      : budget.burstMs;
    // This bounds the memory. The tenants get a full burst again.
    if (!known && this.#budgets.size >= 10_000) this.#budgets.clear();
    this.#budgets.set(tenant, { leftMs, at: now });
    if (leftMs <= 0) throw busy(Math.ceil((terminationCostMs - leftMs) / budget.msPerSecond));
  }
}

const busy = (retryAfterSeconds: number) =>
  new ApiError(
    'RATE_LIMITED',
    'Searching for this organization’s patterns takes more time than its share: simplify its schemas’ patterns, look-around and back references first, or send less at once.',
    undefined,
    retryAfterSeconds,
  );

const cannotStart = () =>
  new ApiError(
    'UNAVAILABLE',
    'The thread that searches for patterns did not start. Try again in a second.',
    undefined,
    1,
  );

function jobOf(questions: readonly Question[]): SentJob {
  const patterns = new Numbered<object>();
  const texts = new Numbered<string>();
  const searches = questions.map(([pattern, text]) => [patterns.numberOf(pattern), texts.numberOf(text)] as const);
  const described = patterns.list.map((pattern) => {
    const { source, flags, linear } = pattern as Pattern;
    return { source, flags, linear };
  });
  return { patterns: described, texts: texts.list, searches };
}

/** Numbers distinct items in the order of their first use. */
class Numbered<T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<T, number>();

  numberOf(item: T): number {
    const known = this.#numbers.get(item);
    if (known !== undefined) return known;
    this.#numbers.set(item, this.list.length);
    return this.list.push(item) - 1;
  }
}
