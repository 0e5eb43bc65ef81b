import type { Delivery } from './deliveries.ts';
import {
  CreateInboundWebhookDocument,
  type CreateInboundWebhookInput,
  DeleteInboundWebhookDocument,
  type InboundTestOutcome,
  InboundWebhookDocument,
  type InboundWebhookFieldsFragment,
  IssueIntegrationDocument,
  type IssueIntegrationFieldsFragment,
  RemoveIssueIntegrationDocument,
  RotateInboundWebhookDocument,
  SendInboundTestEventDocument,
  SetIssueIntegrationDocument,
  type SetIssueIntegrationInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import type { WithTimes } from './times.ts';

/** The tracker of a project's issues. Its credentials are never shown. */
export type IssueIntegration = WithTimes<IssueIntegrationFieldsFragment>;
/** Receives the reports of a project's tracker. */
export type InboundWebhook = WithTimes<InboundWebhookFieldsFragment>;

/** The project. It has at most one integration and one inbound webhook. */
export interface ProjectOption extends CallOptions {
  readonly projectId: string;
}

export interface ChangedIntegration {
  readonly integration: IssueIntegration;
  /** Whether a change of provider removed an inbound webhook. */
  readonly removedInboundWebhook: boolean;
}

export interface RevealedInboundWebhook {
  readonly inboundWebhook: InboundWebhook;
  /** For the tracker's settings. Shown only here. */
  readonly url: string;
  /** The tracker's signing secret. Shown only here. Null for Azure DevOps, whose credentials you choose. */
  readonly secret: string | null;
}

export interface InboundTest {
  /** DUPLICATE: its proof was valid, and it was recognized as a duplicate of an earlier test. */
  readonly outcome: InboundTestOutcome;
  /** For a duplicate, the first test's delivery; null where the log no longer has it. */
  readonly delivery: Delivery | null;
}

/** Inbound: a project's connection to its issue tracker, and the webhook that the tracker reports changes to. */
export class Inbound {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Null where the project has none. */
  async integration({ projectId, signal }: ProjectOption): Promise<IssueIntegration | null> {
    return (await this.#transport.query(IssueIntegrationDocument, { projectId }, { signal })).issueIntegration;
  }

  /**
   * Connects a project to its tracker, after a call to the tracker's API has shown that the connection works. A change of
   * provider removes the inbound webhook; `removesInboundWebhook` says so beforehand.
   */
  async setIntegration(input: SetIssueIntegrationInput, options?: CallOptions): Promise<ChangedIntegration> {
    return (await this.#transport.mutate(SetIssueIntegrationDocument, { input }, options)).setIssueIntegration;
  }

  /** Removes the integration and the inbound webhook; issues stay as they were last fetched. @returns whether there was a webhook */
  async removeIntegration({ projectId, signal }: ProjectOption): Promise<{ readonly removedInboundWebhook: boolean }> {
    const data = await this.#transport.mutate(RemoveIssueIntegrationDocument, { projectId }, { signal });
    return data.removeIssueIntegration;
  }

  /** Null where the project has none. */
  async webhook({ projectId, signal }: ProjectOption): Promise<InboundWebhook | null> {
    return (await this.#transport.query(InboundWebhookDocument, { projectId }, { signal })).inboundWebhook;
  }

  /** For the provider of the project's integration. Only Azure DevOps needs a username and a password. */
  async createWebhook(input: CreateInboundWebhookInput, options?: CallOptions): Promise<RevealedInboundWebhook> {
    return (await this.#transport.mutate(CreateInboundWebhookDocument, { input }, options)).createInboundWebhook;
  }

  /** Creates a new URL and a new secret; the old ones stop working at once. Where `canRotate` is false, delete and create again. */
  async rotateWebhook({ projectId, signal }: ProjectOption): Promise<RevealedInboundWebhook> {
    const data = await this.#transport.mutate(RotateInboundWebhookDocument, { projectId }, { signal });
    return data.rotateInboundWebhook;
  }

  /** Deletes the webhook: further reports are refused, and its deliveries stay in the log. */
  async deleteWebhook({ projectId, signal }: ProjectOption): Promise<void> {
    await this.#transport.mutate(DeleteInboundWebhookDocument, { projectId }, { signal });
  }

  /**
   * Sends a report with a valid proof, as the tracker would, about an issue that no tracker has. It is logged. It is always the
   * same, so a second one is recognized as a duplicate of the first.
   */
  async sendTest({ projectId, signal }: ProjectOption): Promise<InboundTest> {
    const data = await this.#transport.mutate(SendInboundTestEventDocument, { projectId }, { signal });
    return data.sendInboundTestEvent;
  }
}
