import type { Delivery } from './deliveries.ts';
import { NotFoundError } from './errors.ts';
import {
  CreateWebhookDocument,
  type CreateWebhookInput,
  DeleteWebhookDocument,
  ExtendRetiringSecretDocument,
  type HealthChangeFieldsFragment,
  PauseWebhookDocument,
  ReEnableWebhookDocument,
  ResumeProgressDocument,
  ResumeWebhookDocument,
  RetireWebhookSecretDocument,
  RevealWebhookSecretDocument,
  type RevealWebhookSecretMutation,
  RotateWebhookSecretDocument,
  SendTestEventDocument,
  SetWebhookActiveDocument,
  UpdateWebhookDocument,
  type UpdateWebhookInput,
  UpsertWebhookDocument,
  type UpsertWebhookInput,
  WebhookActivityDocument,
  type WebhookActivityFieldsFragment,
  type WebhookDetailFieldsFragment,
  WebhookDocument,
  type WebhookFieldsFragment,
  type WebhookHealth,
  WebhookHealthHistoryDocument,
  WebhookSampleRequestDocument,
  type WebhookSampleRequestQuery,
  WebhookSignsWithDocument,
  WebhooksDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type HealthFilter, type HealthWatch, healthChanges } from './live/healthWatch.ts';
import { type LiveOptions, Watch, type WatchOptions, type WatchSource } from './live/watch.ts';
import type { WithTimes } from './times.ts';

export type Webhook = WithTimes<WebhookFieldsFragment>;
/** A webhook with its waiting deliveries, and the workflow that owns them. */
export type WebhookDetail = WithTimes<WebhookDetailFieldsFragment>;

/** What goes through a webhook: its last 24 hours, how its newest deliveries stand, what waits, is held and was missed. */
export type WebhookActivity = WithTimes<WebhookActivityFieldsFragment>;

/** A change of a webhook's health that was made. */
export type HealthChange = WithTimes<HealthChangeFieldsFragment>;

/** What a webhook's requests look like. */
export type SampleRequest = WithTimes<NonNullable<WebhookSampleRequestQuery['webhook']>['sampleRequest']>;

/** The states of a webhook that resumes. Created by `webhooks.watchResume`. */
export type ResumeWatch = Watch<WebhookDetail>;

export interface CreatedWebhook {
  readonly webhook: Webhook;
  /** The secret that signs its deliveries. Shown only here. Null where the profile has none. */
  readonly secret: string | null;
  /** The ping that some profiles send at once after creation. */
  readonly testDelivery: Delivery | null;
}

export interface UpsertedWebhook {
  readonly webhook: Webhook;
  /** Whether there was none with the external id before. */
  readonly created: boolean;
  /** The new webhook's secret. Shown only here. Null where it existed before, or the profile has none. */
  readonly secret: string | null;
}

export interface RotatedSecret {
  readonly webhook: Webhook;
  /** The secret that signs its deliveries from now on. Shown only here. */
  readonly secret: string;
  /** The old secret also signs until then. Null where it ended at once. */
  readonly retiringSecretUntil: string | null;
}

/** A secret that signs a webhook's deliveries now. */
export type LiveSecret = WithTimes<RevealWebhookSecretMutation['revealWebhookSecret']['secrets'][number]>;

/** Fields left out stay as they are; null restores the profile's default, or clears the field. */
export type WebhookChanges = Omit<UpdateWebhookInput, 'id'>;

export interface WebhookFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly active?: boolean | undefined;
  readonly health?: readonly WebhookHealth[] | undefined;
  /** Only those that are paused, or are not. */
  readonly paused?: boolean | undefined;
  /** A part of the name or the URL; the case of letters does not matter. */
  readonly search?: string | undefined;
}

/** Webhooks: the receivers of deliveries, and how they are sent. */
export class Webhooks {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** Creates a webhook for one project, or for a whole organization. */
  async create(input: CreateWebhookInput, options?: CallOptions): Promise<CreatedWebhook> {
    return (await this.#transport.mutate(CreateWebhookDocument, { input }, options)).createWebhook;
  }

  /**
   * Creates a webhook, or changes the one with this external id in the project, or of the organization. What is left out stays. It is
   * not repeated after a lost answer, because a new secret is shown only once.
   */
  async upsert(input: UpsertWebhookInput, options?: CallOptions): Promise<UpsertedWebhook> {
    return (await this.#transport.mutate(UpsertWebhookDocument, { input }, options)).upsertWebhook;
  }

  async update(id: string, changes: WebhookChanges, options: CallOptions = {}): Promise<Webhook> {
    const input = { ...changes, id };
    const repeatable = 'always';
    const data = await this.#transport.mutate(UpdateWebhookDocument, { input }, { ...options, repeatable });
    return data.updateWebhook.webhook;
  }

  /** Switches a webhook on or off: an inactive webhook gets no deliveries. */
  async setActive(id: string, active: boolean, options: CallOptions = {}): Promise<Webhook> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(SetWebhookActiveDocument, { id, active }, { ...options, repeatable });
    return data.setWebhookActive.webhook;
  }

  /** Deletes a webhook; its deliveries stay in the log. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.mutate(DeleteWebhookDocument, { id }, options);
  }

  /** A webhook with its waiting deliveries. @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<WebhookDetail> {
    const { webhook } = await this.#transport.query(WebhookDocument, { id }, options);
    if (!webhook) throw new NotFoundError('There is no such webhook.', { field: 'id' });
    return webhook;
  }

  /** Webhooks, newest first. */
  list({ signal, ...filter }: WebhookFilter = {}): Listing<Webhook> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(WebhooksDocument, { ...filter, ...page }, { signal: ending })).webhooks,
      signal,
    );
  }

  /**
   * What goes through many webhooks, read by one call.
   *
   * @param ids - up to 100
   * @returns those that can be seen, in the order of the ids
   */
  async activity(ids: readonly string[], options?: CallOptions): Promise<readonly WebhookActivity[]> {
    if (ids.length === 0) return [];
    const { nodes } = await this.#transport.query(WebhookActivityDocument, { ids: [...ids] }, options);
    return nodes.filter((node): node is WebhookActivity => node !== null && 'lastHours' in node);
  }

  /** The changes of a webhook's health, newest first. @throws NotFoundError from the listing */
  healthHistory(id: string, { signal }: CallOptions = {}): Listing<HealthChange> {
    return new Listing(async (page, ending) => {
      const { webhook } = await this.#transport.query(
        WebhookHealthHistoryDocument,
        { id, ...page },
        { signal: ending },
      );
      if (!webhook) throw new NotFoundError('There is no such webhook.', { field: 'id' });
      return webhook.healthChanges;
    }, signal);
  }

  /**
   * What a webhook's requests look like, with the example of an event type as data. Nothing is sent. A secret that was made up for it
   * signs the sample, so that a receiver's verification can be tried with both.
   *
   * @param eventType - the name of a type. @default the profile's test event
   */
  async sampleRequest(id: string, eventType?: string, options?: CallOptions): Promise<SampleRequest> {
    const { webhook } = await this.#transport.query(WebhookSampleRequestDocument, { id, eventType }, options);
    if (!webhook) throw new NotFoundError('There is no such webhook.', { field: 'id' });
    return webhook.sampleRequest;
  }

  /** Sends the profile's synthetic event to this webhook only. @returns its delivery, to watch or to look up */
  async sendTest(id: string, options?: CallOptions): Promise<Delivery> {
    return (await this.#transport.mutate(SendTestEventDocument, { webhookId: id }, options)).sendTestEvent.delivery;
  }

  /**
   * Holds its deliveries, new ones and those that wait, until it is resumed. Nothing expires meanwhile, and its health stays as it is.
   *
   * @param reason - for those who see it paused
   */
  async pause(webhookId: string, reason?: string, options?: CallOptions): Promise<Webhook> {
    const input = { webhookId, ...(reason === undefined ? {} : { reason }) };
    return (await this.#transport.mutate(PauseWebhookDocument, { input }, options)).pauseWebhook.webhook;
  }

  /**
   * Sends what it holds, in the order of the events; those published meanwhile come after. `pausedAt` is null once nothing is held.
   *
   * @throws ConflictError if it is switched off or disabled
   */
  async resume(webhookId: string, options?: CallOptions): Promise<Webhook> {
    const input = { webhookId };
    return (await this.#transport.mutate(ResumeWebhookDocument, { input }, options)).resumeWebhook.webhook;
  }

  /** A webhook as it resumes, from its present state on; it reconnects by itself. The loop ends when it resumes no more. */
  watchResume(id: string, options: CallOptions = {}): ResumeWatch {
    const source: WatchSource<WebhookDetail> = {
      subscription: ResumeProgressDocument,
      variables: { webhookId: id },
      // Each connection begins with the present state.
      cursorOfNow: async () => undefined,
      isLast: ({ resumingAt }) => resumingAt === null,
      everyState: true,
    };
    return new Watch(this.#transport, this.#live, source, options);
  }

  /**
   * Enables a webhook that was disabled by its failures. `recoveries.start` sends its failed and cancelled deliveries again; events
   * published meanwhile have no delivery.
   *
   * @throws ConflictError
   */
  async reEnable(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(ReEnableWebhookDocument, { id }, options)).reEnableWebhook.webhook;
  }

  /**
   * Creates a new secret, which signs at once. For profiles with a rotation window, the old one also signs for 24 hours, so that
   * receivers can change over.
   *
   * @throws ConflictError while the window of another rotation is open, and where the profile has no rotation
   */
  async rotateSecret(
    id: string,
    {
      secret,
      ...options
    }: CallOptions & { /** Your own secret, where the profile allows one. */ readonly secret?: string } = {},
  ): Promise<RotatedSecret> {
    return (await this.#transport.mutate(RotateWebhookSecretDocument, { id, secret }, options)).rotateWebhookSecret;
  }

  /** Ends the old secret of a rotation at once. @throws ConflictError where none is retiring */
  async retireSecret(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(RetireWebhookSecretDocument, { id }, options)).retireWebhookSecret.webhook;
  }

  /** Extends the old secret of a rotation by 24 hours, once. @throws ConflictError where it was extended before */
  async extendRetiringSecret(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(ExtendRetiringSecretDocument, { id }, options)).extendRetiringSecret.webhook;
  }

  /**
   * Shows the webhook's signing secrets again, the active one first, then the retiring one if there is one. The audit log records
   * who saw them. Needs the permission SECRET_REVEAL.
   *
   * @throws ConflictError where the profile never shows a secret again: ONPLANA, TESTPLANIT, SLACK
   */
  async revealSecrets(id: string, options?: CallOptions): Promise<readonly LiveSecret[]> {
    const input = { webhookId: id };
    return (await this.#transport.mutate(RevealWebhookSecretDocument, { input }, options)).revealWebhookSecret.secrets;
  }

  /**
   * Whether a secret is the one that signs the webhook's deliveries now, so that a program that keeps webhooks as a file says sees what
   * drifted. Null where the key may not rotate it.
   *
   * @throws NotFoundError
   */
  async signsWith(id: string, secret: string, options?: CallOptions): Promise<boolean | null> {
    const { webhook } = await this.#transport.query(WebhookSignsWithDocument, { id, secret }, options);
    if (!webhook) throw new NotFoundError('There is no such webhook.', { field: 'id' });
    return webhook.signsWith;
  }

  /** Changes of webhooks' health, each once, with reconnection as in `deliveries.watch`. */
  watchHealth(filter: HealthFilter = {}, options: WatchOptions = {}): HealthWatch {
    return new Watch(this.#transport, this.#live, healthChanges(this.#transport, filter), options);
  }
}
