/** The two media types of GraphQL over HTTP. They differ in when a status other than 200 is used. */
export type ResponseType = 'application/graphql-response+json' | 'application/json';

const strict: ResponseType = 'application/graphql-response+json';
const legacy: ResponseType = 'application/json';

/** What an `Accept` header allows. */
interface Accepted {
  readonly type: ResponseType | null;
  readonly events: boolean;
}

/** Clients send one of a few headers, so each is parsed once and cached. */
const known = new Map<string, Accepted>();
const maxKnown = 200;
const maxKnownCharacters = 200;

function read(accept = ''): Accepted {
  const before = known.get(accept);
  if (before) return before;
  const accepted = { type: typeIn(accept), events: hasEvents(accept) };
  if (known.size < maxKnown && accept.length <= maxKnownCharacters) known.set(accept, accepted);
  return accepted;
}

/** @returns the type to answer with, by the `Accept` header; null if it accepts neither */
export const negotiate = (accept: string | undefined): ResponseType | null => read(accept).type;

/** Whether an `Accept` header asks for Server-Sent Events. Only a client that names them gets a stream. */
export const takesEvents = (accept: string | undefined): boolean => read(accept).events;

function typeIn(accept: string): ResponseType | null {
  if (accept.trim() === '') return strict;
  let best: { type: ResponseType; quality: number } | null = null;
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
    const type =
      range === strict || range === '*/*' || range === 'application/*' ? strict : range === legacy ? legacy : null;
    if (type === null) continue;
    const quality = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
    if (quality > 0 && (best === null || quality > best.quality || (quality === best.quality && type === strict))) {
      best = { type, quality };
    }
  }
  return best?.type ?? null;
}

const eventTypes = new Set(['text/event-stream', 'text/*']);

function hasEvents(accept: string): boolean {
  return accept
    .toLowerCase()
    .split(',')
    .some((part) => {
      const [range = '', ...rest] = part.split(';').map((text) => text.trim());
      return eventTypes.has(range) && !rest.some((each) => /^q=0(\.0*)?$/.test(each));
    });
}
