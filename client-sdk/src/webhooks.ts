import type { Delivery } from './deliveries.ts';
import { NotFoundError } from './errors.ts';
import {
  CreateWebhookDocument,
  type CreateWebhookInput,
  DeleteWebhookDocument,
  ExtendRetiringSecretDocument,
  ReEnableWebhookDocument,
  RetireWebhookSecretDocument,
  RotateWebhookSecretDocument,
  SendTestEventDocument,
  SetWebhookActiveDocument,
  UpdateWebhookDocument,
  type UpdateWebhookInput,
  type WebhookDetailFieldsFragment,
  WebhookDocument,
  type WebhookFieldsFragment,
  type WebhookHealth,
  WebhooksDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type HealthFilter, type HealthWatch, healthChanges } from './live/healthWatch.ts';
import { type LiveOptions, Watch, type WatchOptions } from './live/watch.ts';

export type Webhook = WebhookFieldsFragment;
/** A webhook with what of it waits, and the workflow that owns that. */
export type WebhookDetail = WebhookDetailFieldsFragment;

export interface CreatedWebhook {
  readonly webhook: Webhook;
  /** What its deliveries are signed with. Shown here and never again. Null where the profile has none. */
  readonly secret: string | null;
  /** The ping that some profiles send at once. */
  readonly testDelivery: Delivery | null;
}

export interface RotatedSecret {
  readonly webhook: Webhook;
  /** What its deliveries are signed with from now on. Shown here and never again. */
  readonly secret: string;
  /** Until when the old secret signs as well. Null where it ended at once. */
  readonly retiringSecretUntil: string | null;
}

/** What is left out stays; null puts the profile's own back, or takes away. */
export type WebhookChanges = Omit<UpdateWebhookInput, 'id'>;

export interface WebhookFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly active?: boolean | undefined;
  readonly health?: readonly WebhookHealth[] | undefined;
  /** A part of the name or the URL, in any case of letters. */
  readonly search?: string | undefined;
}

/** Webhooks: where deliveries go, and how they are sent. */
export class Webhooks {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** A webhook of one project, or of a whole organization. */
  async create(input: CreateWebhookInput, options?: CallOptions): Promise<CreatedWebhook> {
    return (await this.#transport.mutate(CreateWebhookDocument, { input }, options)).createWebhook;
  }

  async update(id: string, changes: WebhookChanges, options: CallOptions = {}): Promise<Webhook> {
    const input = { ...changes, id };
    const repeatable = 'always';
    const data = await this.#transport.mutate(UpdateWebhookDocument, { input }, { ...options, repeatable });
    return data.updateWebhook.webhook;
  }

  /** The human's switch: an inactive webhook gets nothing. */
  async setActive(id: string, active: boolean, options: CallOptions = {}): Promise<Webhook> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(SetWebhookActiveDocument, { id, active }, { ...options, repeatable });
    return data.setWebhookActive.webhook;
  }

  /** It gets nothing any more; its deliveries stay in the log. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.mutate(DeleteWebhookDocument, { id }, options);
  }

  /** A webhook with what of it waits. @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<WebhookDetail> {
    const { webhook } = await this.#transport.query(WebhookDocument, { id }, options);
    if (!webhook) throw new NotFoundError('There is no such webhook.', { field: 'id' });
    return webhook;
  }

  /** The newest first. */
  list({ signal, ...filter }: WebhookFilter = {}): Listing<Webhook> {
    return new Listing(
      async (page) => (await this.#transport.query(WebhooksDocument, { ...filter, ...page }, { signal })).webhooks,
    );
  }

  /** Sends the profile's synthetic event to this webhook alone. @returns its delivery, to be watched or looked up */
  async sendTest(id: string, options?: CallOptions): Promise<Delivery> {
    return (await this.#transport.mutate(SendTestEventDocument, { webhookId: id }, options)).sendTestEvent.delivery;
  }

  /**
   * Puts a webhook that its failures disabled back to work. Its deliveries that failed or were cancelled, `recoveries.start` sends;
   * events that were published meanwhile have none.
   *
   * @throws ConflictError
   */
  async reEnable(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(ReEnableWebhookDocument, { id }, options)).reEnableWebhook.webhook;
  }

  /**
   * Makes a new secret, which signs at once. Where the profile has a window, the old one signs beside it for 24 hours, so that
   * receivers can change over.
   *
   * @throws ConflictError while the window of another rotation is open, and where the profile has no rotation
   */
  async rotateSecret(
    id: string,
    {
      secret,
      ...options
    }: CallOptions & { /** Your own, where the profile takes one. */ readonly secret?: string } = {},
  ): Promise<RotatedSecret> {
    return (await this.#transport.mutate(RotateWebhookSecretDocument, { id, secret }, options)).rotateWebhookSecret;
  }

  /** Ends the old secret of a rotation now. @throws ConflictError where none is retiring */
  async retireSecret(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(RetireWebhookSecretDocument, { id }, options)).retireWebhookSecret.webhook;
  }

  /** Gives the old secret of a rotation 24 hours more. @throws ConflictError where that was done before */
  async extendRetiringSecret(id: string, options?: CallOptions): Promise<Webhook> {
    return (await this.#transport.mutate(ExtendRetiringSecretDocument, { id }, options)).extendRetiringSecret.webhook;
  }

  /** Changes of webhooks' health, each once, over lost connections too: like `deliveries.watch`. */
  watchHealth(filter: HealthFilter = {}, options: WatchOptions = {}): HealthWatch {
    return new Watch(this.#transport, this.#live, healthChanges(this.#transport, filter), options);
  }
}
