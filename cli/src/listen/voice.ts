import type { ListenedRequest, ListenerAnswer } from '@everhook/sdk';
import { paint, plain, say, sayJson, tell } from '../terminal/output.ts';

export interface Ready {
  readonly listenerId: string;
  readonly secret: string | null;
  readonly url: string;
  readonly to: string | undefined;
  readonly again: boolean;
}

/** What `listen` says, line by line: for people, or as JSON for programs. */
export interface Voice {
  ready(ready: Ready): void;
  delivered(request: ListenedRequest, answer: ListenerAnswer, status: string, repeated: boolean): void;
  notRecorded(request: ListenedRequest, error: Error): void;
  connection(connected: boolean): void;
  /** Events that came while nobody listened, and are sent now. */
  missed(count: number, isAtLeast: boolean, since: Date): void;
  trouble(text: string): void;
}

const people: Voice = {
  ready({ secret, url, to, again }) {
    if (again) return tell('Listening again, with the same secret.');
    say(`Listening to ${plain(url)}${to === undefined ? '' : `, sending to ${plain(to)}`}.`);
    if (secret !== null) say(`Secret: ${plain(secret)}`);
    say('Ready. Ctrl-C ends this.');
  },
  delivered({ eventType }, { responseCode, failure, error, duration }, status, repeated) {
    const said =
      responseCode == null
        ? paint('red', `${failure}: ${plain(error ?? '')}`)
        : paint(status === 'DELIVERED' ? 'green' : 'red', String(responseCode));
    const time = paint('dim', new Date().toISOString().slice(11, 19));
    say(`${time}  ${plain(eventType)}  ${said}  ${duration} ms${repeated ? '  (was sent before)' : ''}`);
  },
  notRecorded: ({ eventType }, error) =>
    tell(`${plain(eventType)}: the answer could not be recorded, so it may come again: ${plain(error.message)}`),
  connection: (connected) =>
    tell(connected ? 'Connected again. Nothing was missed.' : 'The connection was lost. Connecting again …'),
  missed: (count, isAtLeast, since) =>
    tell(
      count === 0
        ? `Nobody listened since ${since.toISOString()}, and nothing was missed.`
        : `${isAtLeast ? 'At least ' : ''}${count} missed since ${since.toISOString()}: they come now.`,
    ),
  trouble: (text) => tell(plain(text)),
};

const programs: Voice = {
  ready: ({ again, ...ready }) => sayJson({ event: again ? 'ready-again' : 'ready', ...ready }),
  delivered: ({ id, eventId, eventType }, { responseCode, failure, error, duration }, status, repeated) =>
    sayJson({
      event: 'delivery',
      ...{ id, eventId, type: eventType, status: responseCode ?? null, ms: duration, delivery: status },
      ...(failure == null ? {} : { failure, error }),
      ...(repeated ? { repeated } : {}),
    }),
  notRecorded: ({ id, eventId }, { message }) => sayJson({ event: 'not-recorded', id, eventId, message }),
  connection: (connected) => sayJson({ event: connected ? 'connected' : 'disconnected' }),
  missed: (count, isAtLeast, since) => sayJson({ event: 'missed', count, isAtLeast, since: since.toISOString() }),
  trouble: (message) => sayJson({ event: 'trouble', message }),
};

export const voiceOf = (json: boolean | undefined): Voice => (json ? programs : people);
