import type { TrackerName } from '../../issues/provider.ts';

/** One request of a tracker, as it was received. */
export interface InboundRequest {
  /** A header's value; null where it is absent or there is more than one. */
  header(name: string): string | null;
  /** The exact bytes, which are signed and digested. */
  readonly body: Buffer;
}

/** The meaning of a proven request. */
export interface Report {
  /** The provider's own identity of the delivery, the same in its redeliveries; null where it gave none. */
  readonly identity: string | null;
  /** The name for the delivery log: `issues.opened`, `jira:issue_updated`, `workitem.created`. */
  readonly eventType: string;
  readonly meaning:
    | { readonly kind: 'issue'; readonly externalId: string; readonly locator: string }
    /** It does not concern an issue; the delivery log shows the reason. */
    | { readonly kind: 'ignored'; readonly reason: string }
    /** It names something that the tracker cannot have; the delivery log and the sender get the reason. */
    | { readonly kind: 'malformed'; readonly reason: string }
    /** It names an issue that no tracker can have. */
    | { readonly kind: 'test' };
}

/** Verifies one request while its body arrives. Any request takes the same work. */
export interface Proof {
  update(piece: Buffer): void;
  /** Whether the request proves knowledge of the secret. Call it once, after the last piece. */
  isGiven(): boolean;
}

/** How requests of one tracker are verified and interpreted. */
export interface InboundProvider {
  readonly name: TrackerName;
  /** The values that are read from a body: paths of member names. */
  readonly reads: readonly (readonly string[])[];
  prove(secret: string, header: InboundRequest['header']): Proof;
  /** @param payload - the values read from the body; their types are not checked yet */
  interpret(request: Pick<InboundRequest, 'header'>, payload: unknown): Report;
  /** A request with a valid proof, about an issue that the tracker cannot have. */
  testRequest(secret: string): InboundRequest;
}

/** Whether a whole request proves knowledge of the secret. */
export function proves(provider: InboundProvider, secret: string, request: InboundRequest): boolean {
  const proof = provider.prove(secret, request.header);
  proof.update(request.body);
  return proof.isGiven();
}

/** An id as digits; `0`, which no tracker uses, is allowed. Null for anything else. */
export function issueId(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^(0|[1-9]\d{0,18})$/.test(text) ? text : null;
}

/** The value at a path in an unknown value; undefined where there is none. */
export function member(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** A provider's event name, safe for the log; null for anything else. */
export const eventName = (value: unknown): string | null =>
  typeof value === 'string' && /^[a-zA-Z0-9_.:-]{1,100}$/.test(value) ? value : null;

/** The identity of every test request: they are equal byte for byte, so the second is a duplicate of the first. */
export const testIdentity = '00000000-0000-4000-8000-000000000000';

/** Builds a request with the payload as its JSON body. */
export function requestOf(headers: Readonly<Record<string, string>>, payload: unknown): InboundRequest {
  return { header: (name) => headers[name] ?? null, body: Buffer.from(JSON.stringify(payload)) };
}
