import type { Pool } from 'pg';
import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import { requireBasicCredentials } from '../issues/credentials.ts';
import { providerTitle } from '../issues/provider.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { lockProject } from '../store/lockProject.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { createInboundActivity, type InboundActivityOf } from './inboundActivity.ts';
import { loadInboundWebhook } from './openWebhook.ts';
import { proves, testIdentity } from './providers/provider.ts';
import { inboundProviderOf } from './providers/registry.ts';
import type { Receiver } from './receiver.ts';
import { newSecret, newToken, tokenDigest } from './tokens.ts';

type ProjectScope = Scope & { readonly projectId: string };

/** The credentials that Azure DevOps must send; empty for the providers that sign. */
export interface InboundWebhookInput {
  readonly username?: string | null | undefined;
  readonly password?: string | null | undefined;
}

/** Shown only once. */
export interface RevealedInboundWebhook {
  readonly url: string;
  /** Null where the user chose the credentials. */
  readonly secret: string | null;
}

/** A test's outcome. */
export interface InboundTest {
  /** DUPLICATE: the same test was accepted before, and was recognized. */
  readonly outcome: 'LOGGED' | 'DUPLICATE';
  /** Its delivery; for a duplicate the first test's, null where the log no longer has it. */
  readonly deliveryId: string | null;
}

export interface InboundWebhooks {
  create(principal: Principal, scope: ProjectScope, input: InboundWebhookInput): Promise<RevealedInboundWebhook>;
  /** A new token and a new secret; the old ones end at once. */
  rotate(principal: Principal, scope: ProjectScope): Promise<RevealedInboundWebhook>;
  remove(principal: Principal, scope: ProjectScope): Promise<void>;
  /** Sends the webhook a test request: always the same, handled like any other, about an issue that cannot exist. */
  sendTest(principal: Principal, scope: ProjectScope): Promise<InboundTest>;
  /** The URL for the tracker, with a placeholder for the token, which only create and rotate show. */
  readonly redactedUrl: string;
  readonly activity: InboundActivityOf;
}

/** @param publicUrl - where trackers reach this installation, without a final slash */
export function createInboundWebhooks(parts: {
  prisma: PrismaClient;
  pool: Pool;
  keys: KeyRing;
  receiver: Receiver;
  publicUrl: string;
}): InboundWebhooks {
  const { prisma, pool, keys, receiver, publicUrl } = parts;

  const urlOf = (token: string) => `${publicUrl}/api/webhooks/${token}`;
  const sealed = (id: string, secret: string) => new Uint8Array(keys.seal(secret, `inbound_secret:${id}`));
  const digestOf = (token: string) => new Uint8Array(tokenDigest(token));

  const missing = () => notFound('inbound webhook', 'input.projectId');

  return {
    redactedUrl: urlOf('[redacted]'),
    activity: createInboundActivity(pool),

    async create(principal, scope, input) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      const integration = await prisma.issueIntegration.findUnique({
        where: { projectId },
        select: { id: true, provider: true },
      });
      if (!integration) {
        throw invalid('input.projectId', 'The project has no issue integration yet: set one first.');
      }
      const { provider } = integration;
      if (provider === 'SIMPLE_URL') {
        throw invalid(
          'input.projectId',
          'The project’s integration is a Simple URL, which has only links and sends no reports: set another.',
        );
      }
      const chosenByUser = provider === 'AZURE_DEVOPS';
      const given = input.username != null ? 'username' : input.password != null ? 'password' : null;
      if (!chosenByUser && given !== null) {
        throw invalid(
          `input.${given}`,
          `${providerTitle[provider]} signs with a secret that is generated: leave the credentials out.`,
        );
      }
      const secret = chosenByUser ? requireBasicCredentials(input.username, input.password) : newSecret();
      const id = newId();
      const token = newToken();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockProject(transaction, projectId, 'input.projectId');
        // The integration cannot change until this webhook is stored.
        const unchanged = await transaction.issueIntegration.findUnique({
          where: { id: integration.id, provider },
          select: { id: true },
        });
        if (!unchanged) {
          throw new ApiError(
            'CONFLICT',
            'The integration was changed at the same time. Check it, and try again.',
            'input.projectId',
          );
        }
        const { count } = await transaction.inboundWebhook.createMany({
          data: {
            id,
            organizationId,
            projectId,
            integrationId: integration.id,
            provider,
            tokenDigest: digestOf(token),
            secretSealed: sealed(id, secret),
          },
          skipDuplicates: true,
        });
        if (count === 0) {
          throw new ApiError(
            'CONFLICT',
            'The project already has an inbound webhook: rotate or delete it.',
            'input.projectId',
          );
        }
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'inbound_webhook.created',
          target: { type: 'inbound_webhook', id },
          after: { provider },
        });
      });
      return { url: urlOf(token), secret: chosenByUser ? null : secret };
    },

    async rotate(principal, scope) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      const webhook = await prisma.inboundWebhook.findUnique({
        where: { projectId },
        select: { id: true, provider: true },
      });
      if (!webhook) throw missing();
      const { id, provider } = webhook;
      if (provider === 'AZURE_DEVOPS') {
        throw new ApiError(
          'CONFLICT',
          'Azure DevOps sends credentials that a user chose, so there is nothing to rotate: delete the webhook and create it again.',
          'input.projectId',
        );
      }
      const token = newToken();
      const secret = newSecret();
      await inTransaction(prisma, organizationId, async (transaction) => {
        const { count } = await transaction.inboundWebhook.updateMany({
          where: { id },
          data: { tokenDigest: digestOf(token), secretSealed: sealed(id, secret), rotatedAt: new Date() },
        });
        if (count === 0) throw missing();
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'inbound_webhook.rotated',
          target: { type: 'inbound_webhook', id },
        });
      });
      return { url: urlOf(token), secret };
    },

    async remove(principal, scope) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockProject(transaction, projectId, 'input.projectId');
        const webhook = await transaction.inboundWebhook.findUnique({
          where: { projectId },
          select: { id: true, provider: true },
        });
        const { count } = await transaction.inboundWebhook.deleteMany({ where: { projectId } });
        if (!webhook || count === 0) throw missing();
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'inbound_webhook.deleted',
          target: { type: 'inbound_webhook', id: webhook.id },
          before: { provider: webhook.provider },
        });
      });
    },

    async sendTest(principal, scope) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'input.projectId');
      const webhook = await loadInboundWebhook(pool, keys, scope.projectId);
      if (!webhook) throw missing();
      const provider = inboundProviderOf(webhook.provider);
      const request = provider.testRequest(webhook.secret);
      if (!proves(provider, webhook.secret, request)) throw new Error('The test request has no valid proof.');
      const { organizationId, projectId } = scope;
      // The audit comes first: requests are stored in groups, whose transaction belongs to no single principal.
      await inTransaction(prisma, organizationId, (transaction) =>
        audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'inbound_webhook.tested',
          target: { type: 'inbound_webhook', id: webhook.id },
        }),
      );
      const received = await receiver.accept(webhook, request);
      if (received === null) throw missing();
      if (received.deliveryId !== null) return { outcome: 'LOGGED', deliveryId: received.deliveryId };
      const { rows } = await pool.query<{ id: string }>(
        `SELECT d.id FROM inbound_event e JOIN delivery d ON d.id = e.delivery_id
          WHERE e.inbound_webhook_id = $1 AND e.identity_digest = sha256($2)`,
        [webhook.id, Buffer.from(testIdentity)],
      );
      return { outcome: 'DUPLICATE', deliveryId: rows[0]?.id ?? null };
    },
  };
}
