import type { FormattedExecutionResult } from 'graphql';
import { stringifyAnswer } from '../../core/answers/answerText.ts';

/** A comment line: it only shows that the stream is alive. Shorter ones are no sign of life to clients that measure a speed, as curl does. */
export const stillHere = ': still here\n\n';

/** What a stream needs beside its results. */
export interface EventTextsParts {
  /** Longest silence before a heartbeat, in milliseconds. */
  readonly heartbeatMs: number;
  /** Called after each silence. Rejects if the reader may not go on, or if that could not be found out. */
  readonly mayGoOn: () => Promise<unknown>;
  /** Whether an error passes by itself. It does not end the stream for good: clients would take that as final. */
  readonly isPassing: (error: unknown) => boolean;
  readonly onError: (error: unknown) => FormattedExecutionResult;
}

/** The texts of Server-Sent Events, with a way to stop. */
export interface EventTexts extends AsyncIterableIterator<string> {
  /** Stops without a `complete` event, so that clients connect again. */
  breakOff(): void;
}

/**
 * Formats results as Server-Sent Events, by graphql-sse's protocol of distinct connections: `next` for each, then
 * `complete`. A quiet stream sends heartbeats.
 */
export function eventTexts(
  results: AsyncIterableIterator<FormattedExecutionResult>,
  { heartbeatMs, mayGoOn, isPassing, onError }: EventTextsParts,
): EventTexts {
  const queue = [stillHere];
  let ended = false;
  let isPulling = false;
  /** Resolves the current wait; called when there may be something to send. */
  let wake = () => {};

  function end(): void {
    ended = true;
    wake();
    // The result it waits for may never come.
    results.return?.().catch(() => {});
  }

  function finish(result?: FormattedExecutionResult): void {
    if (ended) return;
    if (result) queue.push(eventText(result));
    queue.push('event: complete\ndata:\n\n');
    end();
  }

  function pull(): void {
    if (isPulling) return;
    isPulling = true;
    results
      .next()
      .then((next) => {
        isPulling = false;
        if (next.done) finish();
        else queue.push(eventText(next.value));
      })
      .catch((error: unknown) => (isPassing(error) ? end() : finish(onError(error))))
      .finally(() => wake());
  }

  async function wait(): Promise<void> {
    pull();
    let timer: NodeJS.Timeout | undefined;
    const isQuiet = await new Promise<boolean>((resolve) => {
      wake = () => resolve(false);
      timer = setTimeout(resolve, heartbeatMs, true);
    });
    clearTimeout(timer);
    if (!isQuiet) return;
    try {
      await mayGoOn();
    } catch (error) {
      if (!isPassing(error)) return finish(onError(error));
    }
    if (queue.length === 0 && !ended) queue.push(stillHere);
  }

  return {
    breakOff: end,
    async next() {
      while (queue.length === 0 && !ended) await wait();
      const value = queue.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    async return() {
      queue.length = 0;
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A JSON text may have line breaks between its tokens; a `data:` line may not. */
const eventText = (result: FormattedExecutionResult): string =>
  `event: next\ndata: ${stringifyAnswer(result)
    .join('')
    .replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
