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

/** The tracker that a project's issues live in. Its credentials are never shown. */
export type IssueIntegration = IssueIntegrationFieldsFragment;
/** Where a project's tracker reports to. */
export type InboundWebhook = InboundWebhookFieldsFragment;

/** Of which project: it has at most one integration and one inbound webhook. */
export interface ProjectOption extends CallOptions {
  readonly projectId: string;
}

export interface ChangedIntegration {
  readonly integration: IssueIntegration;
  /** Whether the inbound webhook went with the provider before. */
  readonly removedInboundWebhook: boolean;
}

export interface RevealedInboundWebhook {
  readonly inboundWebhook: InboundWebhook;
  /** For the tracker's settings. Shown here and never again. */
  readonly url: string;
  /** What the tracker signs with. Shown here and never again. Null with Azure DevOps, whose credentials you choose. */
  readonly secret: string | null;
}

export interface InboundTest {
  /** DUPLICATE: it was proven, and told to be one that had been taken before. */
  readonly outcome: InboundTestOutcome;
  /** Of a duplicate that of the first; null where the log has it no more. */
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
   * Connects a project to its tracker; the tracker's API is called to check it. Another provider than before removes the
   * inbound webhook: `removesInboundWebhook` says so beforehand.
   */
  async setIntegration(input: SetIssueIntegrationInput, options?: CallOptions): Promise<ChangedIntegration> {
    return (await this.#transport.mutate(SetIssueIntegrationDocument, { input }, options)).setIssueIntegration;
  }

  /** Issues stay as they were last fetched; the inbound webhook goes. @returns whether there was one */
  async removeIntegration({ projectId, signal }: ProjectOption): Promise<{ readonly removedInboundWebhook: boolean }> {
    const data = await this.#transport.mutate(RemoveIssueIntegrationDocument, { projectId }, { signal });
    return data.removeIssueIntegration;
  }

  /** Null where the project has none. */
  async webhook({ projectId, signal }: ProjectOption): Promise<InboundWebhook | null> {
    return (await this.#transport.query(InboundWebhookDocument, { projectId }, { signal })).inboundWebhook;
  }

  /** For the provider of the project's integration. Azure DevOps alone wants a username and a password. */
  async createWebhook(input: CreateInboundWebhookInput, options?: CallOptions): Promise<RevealedInboundWebhook> {
    return (await this.#transport.mutate(CreateInboundWebhookDocument, { input }, options)).createInboundWebhook;
  }

  /** A new URL and a new secret; the old ones end at once. Where `canRotate` is false, delete and create again. */
  async rotateWebhook({ projectId, signal }: ProjectOption): Promise<RevealedInboundWebhook> {
    const data = await this.#transport.mutate(RotateInboundWebhookDocument, { projectId }, { signal });
    return data.rotateInboundWebhook;
  }

  /** What the tracker still reports is refused; its deliveries stay in the log. */
  async deleteWebhook({ projectId, signal }: ProjectOption): Promise<void> {
    await this.#transport.mutate(DeleteInboundWebhookDocument, { projectId }, { signal });
  }

  /**
   * A report as the tracker would send it, proven and logged, about an issue that no tracker has. It is always the same: the
   * second one is told to be a duplicate of the first.
   */
  async sendTest({ projectId, signal }: ProjectOption): Promise<InboundTest> {
    const data = await this.#transport.mutate(SendInboundTestEventDocument, { projectId }, { signal });
    return data.sendInboundTestEvent;
  }
}
