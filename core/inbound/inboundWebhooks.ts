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

/** What Azure DevOps is to send; nothing for the providers that sign. */
export interface InboundWebhookInput {
  readonly username?: string | null | undefined;
  readonly password?: string | null | undefined;
}

/** Shown for the only time. */
export interface RevealedInboundWebhook {
  readonly url: string;
  /** Null where people chose the credentials themselves. */
  readonly secret: string | null;
}

/** What became of a test. */
export interface InboundTest {
  /** DUPLICATE: it was taken before, and told from what is new. */
  readonly outcome: 'LOGGED' | 'DUPLICATE';
  /** Its delivery; of a duplicate that of the first, null where the log has it no more. */
  readonly deliveryId: string | null;
}

export interface InboundWebhooks {
  create(principal: Principal, scope: ProjectScope, input: InboundWebhookInput): Promise<RevealedInboundWebhook>;
  /** A new token and a new secret; the old ones end at once. */
  rotate(principal: Principal, scope: ProjectScope): Promise<RevealedInboundWebhook>;
  remove(principal: Principal, scope: ProjectScope): Promise<void>;
  /** Sends the webhook a request of its own, by the way of any other and always the same, about an issue that cannot be. */
  sendTest(principal: Principal, scope: ProjectScope): Promise<InboundTest>;
  /** Where trackers send, with what stands for the token: that is shown at create and rotate alone. */
  readonly redactedUrl: string;
  readonly activity: InboundActivityOf;
}

/** @param publicUrl - where trackers reach this installation, without a slash at its end */
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

  const missing = () => notFound('inbound webhook', 'projectId');

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
          'The project’s integration is a Simple URL, which has links alone and nothing that could report: set another.',
        );
      }
      const byPeople = provider === 'AZURE_DEVOPS';
      const given = input.username != null ? 'username' : input.password != null ? 'password' : null;
      if (!byPeople && given !== null) {
        throw invalid(
          `input.${given}`,
          `${providerTitle[provider]} signs with a secret that is made here: give no credentials.`,
        );
      }
      const secret = byPeople ? requireBasicCredentials(input.username, input.password) : newSecret();
      const id = newId();
      const token = newToken();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockProject(transaction, projectId, 'input.projectId');
        // Until this webhook is there the integration stays as it is now.
        const held = await transaction.issueIntegration.findUnique({
          where: { id: integration.id, provider },
          select: { id: true },
        });
        if (!held) {
          throw new ApiError(
            'CONFLICT',
            'The integration was just changed. Look at it, and try again.',
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
            'The project has an inbound webhook already: rotate or delete that one.',
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
      return { url: urlOf(token), secret: byPeople ? null : secret };
    },

    async rotate(principal, scope) {
      requireIn(principal, 'INBOUND_MANAGE', scope, 'projectId');
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
          'Azure DevOps sends credentials that people chose, so there is nothing to rotate: delete the webhook and create it again.',
          'projectId',
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
      requireIn(principal, 'INBOUND_MANAGE', scope, 'projectId');
      const { organizationId, projectId } = scope;
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockProject(transaction, projectId, 'projectId');
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
      requireIn(principal, 'INBOUND_MANAGE', scope, 'projectId');
      const webhook = await loadInboundWebhook(pool, keys, scope.projectId);
      if (!webhook) throw missing();
      const provider = inboundProviderOf(webhook.provider);
      const request = provider.testRequest(webhook.secret);
      if (!proves(provider, webhook.secret, request)) throw new Error('A test request did not prove itself.');
      const { organizationId, projectId } = scope;
      // Before, because what trackers send is stored in groups, whose transaction belongs to nobody.
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
