import { createHash, randomBytes } from 'node:crypto';
import { ApiError } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { OwnedIssue, TrackerName } from '../issues/provider.ts';
import type { Notifier } from '../live/notifier.ts';
import type { InboundCommit, InboundRow } from './inboundCommit.ts';
import { JsonPicker } from './jsonPicker.ts';
import type { InboundWebhookCache, OpenInboundWebhook } from './openWebhook.ts';
import type { InboundProvider, InboundRequest, Report } from './providers/provider.ts';
import { inboundProviderOf } from './providers/registry.ts';
import { isToken, tokenDigest } from './tokens.ts';

/** The outcome of a proven request. The delivery's id is null for a duplicate. */
export interface Received {
  readonly deliveryId: string | null;
  readonly outcome: 'accepted' | 'duplicate' | 'ignored' | 'test' | 'unreadable';
  /** Why the request is unreadable. */
  readonly reason?: string | null;
}

/** One request that is being received. */
export interface Intake {
  /** Takes the next piece of its body. */
  take(piece: Buffer): void;
  /**
   * Resolves when the request is stored. Call it once, after the last piece.
   *
   * @throws ApiError UNAUTHENTICATED, with the same message and after the same time for an unknown token as for a wrong proof
   */
  end(): Promise<Received>;
}

/** How a request was answered; `unavailable`: it could not be stored now. */
export type ReceivedOutcome = Received['outcome'] | 'refused' | 'unavailable';

export interface ReceiverParts {
  readonly webhooks: InboundWebhookCache;
  readonly commits: InboundCommit;
  readonly notifier: Notifier;
  /** Called with the issue of an accepted report, after the report is stored. */
  readonly wake: (issue: OwnedIssue) => void;
  /** Called after every request that came by HTTP; the provider is null where the token is unknown. */
  readonly onReceived?: (provider: TrackerName | null, outcome: ReceivedOutcome, durationMs: number) => void;
}

/** How long every refusal takes, in milliseconds: longer than the work behind any of them. */
const refusalMs = 100;

/** Used for an unknown token, so that the same work is done for it. */
const unknownWebhook = { provider: 'GITHUB', secret: randomBytes(32).toString('hex') } as const;

const refusal = () =>
  new ApiError(
    'UNAUTHENTICATED',
    'There is no such webhook, or the request does not prove that it comes from its tracker.',
  );

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();

/** Receives trackers' requests: verifies, deduplicates and stores them, and never waits for a tracker. */
export class Receiver {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Whether finding this token asks the database nothing, or only whether a webhook that was there is there still. */
  knows(token: string): boolean {
    return !isToken(token) || this.#parts.webhooks.knows(tokenDigest(token));
  }

  /** The webhook of a token; null for an unknown one. May be called before the whole request has arrived. */
  async find(token: string): Promise<OpenInboundWebhook | null> {
    return isToken(token) ? this.#parts.webhooks.find(tokenDigest(token)) : null;
  }

  /** Begins to receive a request. @param webhook - null for an unknown token, for which the same work is done */
  begin(webhook: OpenInboundWebhook | null, header: InboundRequest['header']): Intake {
    const { provider, secret } = webhook ?? unknownWebhook;
    const reading = new Reading(inboundProviderOf(provider), header);
    const proof = inboundProviderOf(provider).prove(secret, header);
    return {
      take(piece) {
        proof.update(piece);
        reading.take(piece);
      },
      end: () => this.#end(webhook, proof.isGiven(), reading),
    };
  }

  async #end(webhook: OpenInboundWebhook | null, proven: boolean, reading: Reading): Promise<Received> {
    const beganAt = performance.now();
    let outcome: ReceivedOutcome = 'unavailable';
    try {
      const received = webhook !== null && proven ? await this.#accept(webhook, reading) : null;
      outcome = received?.outcome ?? 'refused';
      if (received !== null) return received;
      const rest = refusalMs - (performance.now() - beganAt);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
      throw refusal();
    } finally {
      this.#parts.onReceived?.(webhook?.provider ?? null, outcome, performance.now() - beganAt);
    }
  }

  /** Accepts a whole, proven request. @returns null where the webhook has another token by now, or is deleted */
  accept(webhook: OpenInboundWebhook, { header, body }: InboundRequest): Promise<Received | null> {
    const reading = new Reading(inboundProviderOf(webhook.provider), header);
    reading.take(body);
    return this.#accept(webhook, reading);
  }

  async #accept(webhook: OpenInboundWebhook, reading: Reading): Promise<Received | null> {
    const row = rowOf(webhook, reading);
    const outcome = await this.#parts.commits.store(row);
    if (outcome === 'STALE') {
      this.#parts.webhooks.forget(webhook.tokenDigest);
      return null;
    }
    if (outcome === 'DUPLICATE') return { deliveryId: null, outcome: 'duplicate' };
    const { deliveryId, status, externalId, isTest } = row;
    this.#parts.notifier.changed(webhook.organizationId, [deliveryId]);
    if (status === 'PENDING' && externalId !== null) {
      const { organizationId, projectId, provider } = webhook;
      this.#parts.wake({ organizationId, projectId, provider, externalId });
      return { deliveryId, outcome: 'accepted' };
    }
    if (status === 'FAILED') return { deliveryId, outcome: 'unreadable', reason: row.reason };
    return { deliveryId, outcome: isTest ? 'test' : 'ignored' };
  }
}

/** The parts of a request that are kept while it arrives: a digest, and the few values that decide its meaning. */
class Reading {
  readonly #provider: InboundProvider;
  readonly #header: InboundRequest['header'];
  readonly #digest = createHash('sha256');
  readonly #picker: JsonPicker;

  constructor(provider: InboundProvider, header: InboundRequest['header']) {
    this.#provider = provider;
    this.#header = header;
    this.#picker = new JsonPicker(provider.reads);
  }

  take(piece: Buffer): void {
    this.#digest.update(piece);
    this.#picker.write(piece);
  }

  /** Call it once, after the last piece. The report is null where the body is not JSON. */
  end(): { readonly payloadDigest: Buffer; readonly report: Report | null } {
    const payloadDigest = this.#digest.digest();
    try {
      const report = this.#provider.interpret({ header: this.#header }, this.#picker.end());
      return { payloadDigest, report };
    } catch (error) {
      if (error instanceof SyntaxError) return { payloadDigest, report: null };
      throw error;
    }
  }
}

const notJson = 'The body is not JSON. Choose the content type application/json.';

function rowOf(webhook: OpenInboundWebhook, reading: Reading): InboundRow {
  const { payloadDigest, report } = reading.end();
  const base = {
    webhookId: webhook.id,
    tokenDigest: webhook.tokenDigest,
    // A request without an identity is identified by its content.
    identityDigest: report?.identity ? sha256(report.identity) : payloadDigest,
    deliveryId: newId(),
    eventType: report?.eventType ?? 'unknown',
    externalId: null,
    locator: null,
    payloadDigest,
    isTest: false,
  };
  if (report === null) {
    return { ...base, status: 'FAILED', reason: notJson };
  }
  const { meaning } = report;
  switch (meaning.kind) {
    case 'issue':
      return {
        ...base,
        externalId: meaning.externalId,
        locator: meaning.locator,
        status: 'PENDING',
        reason: 'Accepted; the issue will be fetched.',
      };
    case 'test':
      return {
        ...base,
        isTest: true,
        status: 'DELIVERED',
        reason: 'A test: its proof is valid, and it concerns no issue.',
      };
    case 'malformed':
      return { ...base, status: 'FAILED', reason: meaning.reason };
    case 'ignored':
      return { ...base, status: 'CANCELLED', reason: `Ignored. ${meaning.reason}` };
  }
}
