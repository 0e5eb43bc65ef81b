import { createHash, randomBytes } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { IssueRef, TrackerName } from '../issues/provider.ts';
import type { Notifier } from '../live/notifier.ts';
import { newId } from '../newId.ts';
import { parseJson } from '../parseJson.ts';
import type { InboundCommit, InboundRow } from './inboundCommit.ts';
import type { InboundWebhookCache, OpenInboundWebhook } from './openWebhook.ts';
import type { InboundRequest, Report } from './providers/provider.ts';
import { inboundProviderOf } from './providers/registry.ts';
import { isToken, tokenDigest } from './tokens.ts';

/** What became of a proven request. The delivery's id is null for one that had been taken before. */
export interface Received {
  readonly deliveryId: string | null;
  readonly outcome: 'accepted' | 'duplicate' | 'ignored' | 'test' | 'unreadable';
}

/** How a request was answered; `unavailable`: it could not be stored. */
export type ReceivedOutcome = Received['outcome'] | 'refused' | 'unavailable';

export interface ReceiverParts {
  readonly webhooks: InboundWebhookCache;
  readonly commits: InboundCommit;
  readonly notifier: Notifier;
  /** Told of an issue that something happened to, after that is stored. */
  readonly wake: (issue: IssueRef) => void;
  /** Told of every request that came by HTTP; the provider is null where the token is nobody's. */
  readonly onReceived?: (provider: TrackerName | null, outcome: ReceivedOutcome, durationMs: number) => void;
}

/** How long every refusal takes, in milliseconds: longer than the work behind any of them. */
const refusalMs = 100;

/** Stands in for an unknown webhook, so that the same work is done. */
const nobody = { provider: 'GITHUB', secret: randomBytes(32).toString('hex') } as const;

const refusal = () =>
  new ApiError('UNAUTHENTICATED', 'There is no such webhook, or the request does not prove to come from its tracker.');

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();

/** Takes trackers' requests in: proves, deduplicates and stores them, and never waits for a tracker. */
export class Receiver {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Whose token it is; null where it is nobody's. May be asked before the request is there as a whole. */
  async find(token: string): Promise<OpenInboundWebhook | null> {
    const digest = tokenDigest(token);
    return isToken(token) ? this.#parts.webhooks.find(digest) : null;
  }

  /**
   * Resolves when what is to be done is stored.
   *
   * @param found - what {@link find} finds
   * @throws ApiError UNAUTHENTICATED, the same and after the same time for an unknown token as for a wrong proof
   */
  async receive(found: Promise<OpenInboundWebhook | null>, request: InboundRequest): Promise<Received> {
    const beganAt = performance.now();
    let webhook: OpenInboundWebhook | null = null;
    let outcome: ReceivedOutcome = 'unavailable';
    try {
      webhook = await found;
      const { provider, secret } = webhook ?? nobody;
      const proven = inboundProviderOf(provider).verify(secret, request);
      const received = webhook !== null && proven ? await this.accept(webhook, request) : null;
      outcome = received?.outcome ?? 'refused';
      if (received !== null) return received;
      const rest = refusalMs - (performance.now() - beganAt);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
      throw refusal();
    } finally {
      this.#parts.onReceived?.(webhook?.provider ?? null, outcome, performance.now() - beganAt);
    }
  }

  /** Takes a proven request. @returns null where the webhook has another token by now, or is gone */
  async accept(webhook: OpenInboundWebhook, request: InboundRequest): Promise<Received | null> {
    const row = rowOf(webhook, request);
    const outcome = await this.#parts.commits.store(row);
    if (outcome === 'STALE') {
      this.#parts.webhooks.forget(webhook.tokenDigest);
      return null;
    }
    if (outcome === 'DUPLICATE') return { deliveryId: null, outcome: 'duplicate' };
    const { deliveryId, status, externalId, isTest } = row;
    this.#parts.notifier.changed(webhook.organizationId, [deliveryId]);
    if (status === 'PENDING' && externalId !== null) {
      this.#parts.wake({ projectId: webhook.projectId, provider: webhook.provider, externalId });
      return { deliveryId, outcome: 'accepted' };
    }
    if (status === 'FAILED') return { deliveryId, outcome: 'unreadable' };
    return { deliveryId, outcome: isTest ? 'test' : 'ignored' };
  }
}

function rowOf(webhook: OpenInboundWebhook, request: InboundRequest): InboundRow {
  const payloadDigest = sha256(request.body);
  const report = reportOf(webhook, request);
  const base = {
    webhookId: webhook.id,
    tokenDigest: webhook.tokenDigest,
    // A request without an identity is told from others by its content.
    identityDigest: report?.identity ? sha256(report.identity) : payloadDigest,
    deliveryId: newId(),
    eventType: report?.eventType ?? 'unknown',
    externalId: null,
    locator: null,
    payloadDigest,
    isTest: false,
  };
  if (report === null) {
    return { ...base, status: 'FAILED', reason: 'The body is not JSON. Choose the content type application/json.' };
  }
  const { meaning } = report;
  switch (meaning.kind) {
    case 'issue':
      return {
        ...base,
        externalId: meaning.externalId,
        locator: meaning.locator,
        status: 'PENDING',
        reason: 'Accepted; the issue is to be fetched.',
      };
    case 'test':
      return { ...base, isTest: true, status: 'DELIVERED', reason: 'A test: it was proven, and concerns no issue.' };
    case 'ignored':
      return { ...base, status: 'CANCELLED', reason: `Ignored. ${meaning.reason}` };
  }
}

function reportOf({ provider }: OpenInboundWebhook, request: InboundRequest): Report | null {
  try {
    return inboundProviderOf(provider).interpret(request, parseJson(request.body.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
