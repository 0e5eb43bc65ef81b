import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { EgressFailure } from '../sender/egress.ts';
import { checkUrl, type UrlExemptions } from '../sender/url.ts';
import { lockProject } from '../store/lockProject.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { type CredentialsInput, requireCredentials } from './credentials.ts';
import { markIssuesRemoved } from './markIssuesRemoved.ts';
import { type IssueProvider, providerTitle } from './provider.ts';
import { sentBase } from './sentBase.ts';
import type { TrackerConnections } from './trackers/connections.ts';
import { trackerOf } from './trackers/registry.ts';
import { TrackerFailure } from './trackers/tracker.ts';

/** A project, by its organization. */
type ProjectScope = Scope & { readonly projectId: string };

export interface IntegrationInput {
  readonly provider: IssueProvider;
  readonly baseUrl: string;
  readonly credentials?: CredentialsInput | null | undefined;
}

export interface IssueIntegrations {
  /**
   * Sets a project's integration, after a call to the tracker's API has shown that it works. A change of provider removes the
   * inbound webhook.
   */
  set(principal: Principal, scope: ProjectScope, input: IntegrationInput): Promise<{ removedInboundWebhook: boolean }>;
  /** Removes the integration and its inbound webhook. Issues stay as they are. */
  remove(principal: Principal, scope: ProjectScope): Promise<{ removedInboundWebhook: boolean }>;
}

/** Limit for a change, which may have to mark all issues of a project. Milliseconds. */
const changeLimits = { timeout: 30_000 };

/** The base URL of GitHub's API, which users may leave out. */
const defaultGitHubUrl = 'https://api.github.com';

export function createIssueIntegrations(
  prisma: PrismaClient,
  keys: KeyRing,
  connections: TrackerConnections,
  urlExemptions: UrlExemptions,
): IssueIntegrations {
  function checkedUrl(baseUrl: string): string {
    const problem = checkUrl(baseUrl, { schemes: ['https'] }, urlExemptions);
    if (problem) throw invalid('input.baseUrl', problem);
    if (baseUrl.includes('?')) throw invalid('input.baseUrl', 'A base URL has no query: leave out ? and what follows.');
    return sentBase(baseUrl);
  }

  async function prove(input: IntegrationInput, baseUrl: string) {
    const { provider } = input;
    if (provider === 'SIMPLE_URL') {
      if (input.credentials != null) {
        throw invalid('input.credentials', 'A Simple URL integration has only links: leave the credentials out.');
      }
      return null;
    }
    const credentials = requireCredentials(provider, input.credentials);
    try {
      await (await trackerOf({ provider, baseUrl, credentials }, connections)).check();
    } catch (error) {
      if (error instanceof EgressFailure) {
        const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
        throw new ApiError('UNAVAILABLE', `The integration could not be checked. ${error.message}`, undefined, seconds);
      }
      if (!(error instanceof TrackerFailure)) throw error;
      const field = error.fault === null ? 'input' : `input.${error.fault}`;
      throw invalid(field, `The connection to ${providerTitle[provider]} does not work: ${error.message}`);
    }
    return credentials;
  }

  /** Removes a project's inbound webhook. @returns whether it had one */
  async function removeWebhook(
    transaction: Prisma.TransactionClient,
    principal: Principal,
    { organizationId, projectId }: ProjectScope,
  ) {
    const where = { projectId };
    const webhook = await transaction.inboundWebhook.findUnique({ where, select: { id: true, provider: true } });
    if (!webhook) return false;
    await transaction.inboundWebhook.deleteMany({ where });
    await audit(transaction, principal, {
      organizationId,
      projectId,
      action: 'inbound_webhook.deleted',
      target: { type: 'inbound_webhook', id: webhook.id },
      before: { provider: webhook.provider },
    });
    return true;
  }

  return {
    async set(principal, scope, input) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      const { provider } = input;
      const baseUrl = checkedUrl(input.baseUrl || (provider === 'GITHUB' ? defaultGitHubUrl : ''));
      const credentials = await prove(input, baseUrl);
      return inTransaction(
        prisma,
        organizationId,
        async (transaction) => {
          await lockProject(transaction, projectId, 'input.projectId');
          const before = await transaction.issueIntegration.findUnique({
            where: { projectId },
            select: { id: true, provider: true, baseUrl: true },
          });
          const changesProvider = before !== null && before.provider !== provider;
          const removedInboundWebhook = changesProvider && (await removeWebhook(transaction, principal, scope));
          const id = before?.id ?? newId();
          const data = {
            provider,
            baseUrl,
            credentialsSealed: credentials && sealed(keys, id, credentials),
            pausedUntil: null,
            changedAt: new Date(),
          };
          await transaction.issueIntegration.upsert({
            where: { projectId },
            create: { id, organizationId, projectId, ...data },
            update: data,
            select: { id: true },
          });
          // This row is locked now, so no answer of the old tracker can be stored any more.
          await markIssuesRemoved(transaction, projectId, { provider, baseUrl }, before);
          await audit(transaction, principal, {
            organizationId,
            projectId,
            action: before ? 'issue_integration.updated' : 'issue_integration.created',
            target: { type: 'issue_integration', id },
            ...(before ? { before: { provider: before.provider, baseUrl: before.baseUrl } } : {}),
            after: { provider, baseUrl },
          });
          return { removedInboundWebhook };
        },
        changeLimits,
      );
    },

    async remove(principal, scope) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      return inTransaction(prisma, organizationId, async (transaction) => {
        await lockProject(transaction, projectId, 'input.projectId');
        const integration = await transaction.issueIntegration.findUnique({
          where: { projectId },
          select: { id: true, provider: true, baseUrl: true },
        });
        if (!integration) throw notFound('issue integration', 'input.projectId');
        const removedInboundWebhook = await removeWebhook(transaction, principal, scope);
        await transaction.issueIntegration.deleteMany({ where: { projectId } });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'issue_integration.removed',
          target: { type: 'issue_integration', id: integration.id },
          before: { provider: integration.provider, baseUrl: integration.baseUrl },
        });
        return { removedInboundWebhook };
      });
    },
  };
}

const sealed = (keys: KeyRing, id: string, credentials: object) =>
  new Uint8Array(keys.seal(JSON.stringify(credentials), `integration_credentials:${id}`));
