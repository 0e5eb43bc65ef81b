import {
  ConflictError,
  type CreatedListener,
  EverhookError,
  type ListenedRequest,
  type ListenerAnswer,
  NotFoundError,
} from '@everhook/sdk';
import type { Connection } from '../settings/connection.ts';
import { Answers } from './answers.ts';
import { forward } from './forward.ts';
import { Heard } from './heard.ts';
import { type Route, targetOf } from './routes.ts';
import type { Voice } from './voice.ts';

export interface Session {
  readonly connection: Connection;
  readonly voice: Voice;
  readonly routes: readonly Route[];
  readonly to: string | undefined;
  readonly timeoutMs: number;
  /** Makes a listener; always with the same secret. */
  make(): Promise<CreatedListener>;
}

/** Between tries to make a listener anew, in milliseconds. */
const restMs = 2_000;
/** How long an end may take, in milliseconds. */
const endWithinMs = 5_000;

const isPassing = (error: unknown): boolean =>
  error instanceof EverhookError && ['NETWORK', 'TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED'].includes(error.code);

const rest = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, restMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Tries until it works, fails for a reason that does not pass, or the signal aborts. */
async function persist<Result>(signal: AbortSignal, voice: Voice, work: () => Promise<Result>): Promise<Result | null> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      voice.trouble(`${(error as Error).message} Trying again …`);
      await rest(signal);
    }
  }
  return null;
}

/** Listens until the signal aborts, through lost connections, restarts of the service and sleeps of the machine. Leaves nothing behind. */
export async function listenUntil(signal: AbortSignal, session: Session): Promise<void> {
  const { voice } = session;
  const answers = new Answers();
  let made: CreatedListener | null = await session.make();
  const heard = new Heard();
  // By the service's clock, so that a wrong clock here misses nothing.
  let clockDifference = Date.parse(made.listener.createdAt) - Date.now();
  try {
    for (let again = false; made !== null && !signal.aborted; again = true) {
      const { listener, secret } = made;
      if (again) {
        const since = new Date(heard.until + clockDifference);
        await recoverMissed(session, listener.id, since, answers.since(since), signal);
      } else clockDifference = Date.parse(listener.createdAt) - Date.now();
      try {
        await serve(session, { listenerId: listener.id, secret, again, answers, heard, signal });
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof ConflictError)
          voice.trouble('Another client has taken this listener over. Making a new one …');
        else if (error instanceof NotFoundError)
          voice.trouble('The listener has ended: nobody was there for a minute. Making a new one …');
        else throw error;
      }
      if (signal.aborted) break;
      made = await persist(signal, voice, () => session.make());
    }
  } finally {
    heard.stop();
    if (made !== null) await endListener(session, made.listener.id);
  }
}

/** Ends a listener at once. If the service cannot be reached, it ends by itself within a minute. */
async function endListener({ connection, voice }: Session, listenerId: string): Promise<void> {
  try {
    await connection.everhook.listeners.end(listenerId, { signal: AbortSignal.timeout(endWithinMs) });
  } catch (error) {
    voice.trouble(
      `The listener ends by itself within a minute, because the service could not be told: ${(error as Error).message}`,
    );
  }
}

interface Serving {
  readonly listenerId: string;
  readonly secret: string | null;
  readonly again: boolean;
  readonly answers: Answers;
  readonly heard: Heard;
  readonly signal: AbortSignal;
}

async function serve(session: Session, { listenerId, secret, again, answers, heard, signal }: Serving): Promise<void> {
  const { connection, voice, routes, to, timeoutMs } = session;
  const repeated = new Set<string>();
  let connections = 0;
  const handle = async (request: ListenedRequest): Promise<ListenerAnswer> => {
    const before = answers.ofEarlier(listenerId, request.eventId);
    if (before !== undefined) {
      repeated.add(request.id);
      return before;
    }
    const target = targetOf(request.eventType, routes, to);
    if (target === undefined) return { failure: 'CONNECT_ERROR', error: 'No route takes this type.', duration: 0 };
    const answer = await forward(request, target, timeoutMs, signal);
    answers.keep(listenerId, request.eventId, answer);
    return answer;
  };
  await connection.everhook.listeners.serve(listenerId, handle, {
    signal,
    onConnection: (connected) => {
      heard.connection(connected);
      if (signal.aborted) return;
      if (connected && connections++ === 0) voice.ready({ listenerId, secret, url: connection.url, to, again });
      else voice.connection(connected);
    },
    onAnswered: (request, answer, status) => voice.delivered(request, answer, status, repeated.delete(request.id)),
    onLost: (request, error) => {
      if (!signal.aborted) voice.notRecorded(request, error);
    },
  });
}

/** What was published while nobody listened comes to the new listener. */
async function recoverMissed(
  { connection, voice }: Session,
  webhookId: string,
  since: Date,
  heardSince: number,
  signal: AbortSignal,
): Promise<void> {
  const { recoveries } = connection.everhook;
  const selection = { webhookId, since, include: ['MISSED'] } as const;
  try {
    await persist(signal, voice, async () => {
      const { total, isAtLeast } = await recoveries.recoverable(selection);
      // Some of them came to the listener before.
      voice.missed(Math.max(0, total - heardSince), isAtLeast, since);
      if (total > 0) await recoveries.start(selection);
    });
  } catch (error) {
    voice.trouble(
      `What was missed since ${since.toISOString()} could not be fetched: ${(error as Error).message} Get it by \`everhook recover --webhook ${webhookId} --include missed --since ${since.toISOString()}\` while this runs.`,
    );
  }
}
