import type { TrackerName } from '../../issues/provider.ts';

/** One request of a tracker, as it came. */
export interface InboundRequest {
  /** A header's value; null where it is absent or there is more than one. */
  header(name: string): string | null;
  /** The exact bytes: what is signed, and what is digested. */
  readonly body: Buffer;
}

/** What a request that was proven says. */
export interface Report {
  /** The provider's own identity of the delivery, the same over its redeliveries; null where it gave none. */
  readonly identity: string | null;
  /** As the delivery log names it: `issues.opened`, `jira:issue_updated`, `workitem.created`. */
  readonly eventType: string;
  readonly meaning:
    | { readonly kind: 'issue'; readonly externalId: string; readonly locator: string }
    /** Nothing of an issue that is kept here; the reason is shown in the log. */
    | { readonly kind: 'ignored'; readonly reason: string }
    /** It names something that the tracker cannot have; the reason is shown in the log and to the sender. */
    | { readonly kind: 'malformed'; readonly reason: string }
    /** It names an issue that no tracker can have. */
    | { readonly kind: 'test' };
}

/** The proving of one request, over its body as it comes. The same work is done whatever the request is like. */
export interface Proof {
  update(piece: Buffer): void;
  /** Whether the request proves to know the secret. To be asked once, after the last piece. */
  isGiven(): boolean;
}

/** How one tracker proves its requests, and what they mean. */
export interface InboundProvider {
  readonly name: TrackerName;
  /** What is read of a body: paths of member names. */
  readonly reads: readonly (readonly string[])[];
  prove(secret: string, header: InboundRequest['header']): Proof;
  /** @param payload - what was read of the body; not to be trusted in its shape */
  interpret(request: Pick<InboundRequest, 'header'>, payload: unknown): Report;
  /** A proven request of its own, about an issue that the tracker cannot have. */
  testRequest(secret: string): InboundRequest;
}

/** Whether a request that is there as a whole proves to know the secret. */
export function proves(provider: InboundProvider, secret: string, request: InboundRequest): boolean {
  const proof = provider.prove(secret, request.header);
  proof.update(request.body);
  return proof.isGiven();
}

/** An id of digits above zero; `0`, which no tracker gives out; or null for what is no id. */
export function issueId(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^(0|[1-9]\d{0,18})$/.test(text) ? text : null;
}

/** A member of what may be anything. */
export function member(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** A name that the provider made, fit for the log; null for what is none. */
export const eventName = (value: unknown): string | null =>
  typeof value === 'string' && /^[a-zA-Z0-9_.:-]{1,100}$/.test(value) ? value : null;

/** The identity of every test request: they are the same byte for byte, so that the second one is a duplicate of the first. */
export const testIdentity = '00000000-0000-4000-8000-000000000000';

/** A request of our own making. */
export function requestOf(headers: Readonly<Record<string, string>>, payload: unknown): InboundRequest {
  return { header: (name) => headers[name] ?? null, body: Buffer.from(JSON.stringify(payload)) };
}
