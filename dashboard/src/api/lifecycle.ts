import type { Everhook } from '@everhook/sdk';

/** What is done with webhooks and deliveries in the course of their lives. */

export interface Rotated {
  readonly secret: string;
  /** Until when the old one signs as well; null where it ended at once. */
  readonly retiringSecretUntil: string | null;
}

export async function rotateSecret(client: Everhook, id: string): Promise<Rotated> {
  const { rotateWebhookSecret } = await client.mutate<{ rotateWebhookSecret: Rotated }>(
    'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret retiringSecretUntil } }',
    { id },
  );
  return rotateWebhookSecret;
}

export const retireSecret = (client: Everhook, id: string) =>
  client.mutate('mutation ($id: ID!) { retireWebhookSecret(id: $id) { webhook { id } } }', { id });

export const extendRetiringSecret = (client: Everhook, id: string) =>
  client.mutate('mutation ($id: ID!) { extendRetiringSecret(id: $id) { webhook { id } } }', { id });

export const reEnable = (client: Everhook, id: string) =>
  client.mutate('mutation ($id: ID!) { reEnableWebhook(id: $id) { webhook { id } } }', { id });

export const retryNow = (client: Everhook, id: string) =>
  client.mutate('mutation ($id: ID!) { retryDelivery(id: $id) { delivery { id } } }', { id });

interface Replayed {
  readonly bulkReplayDeliveries: {
    readonly deliveries: readonly { readonly id: string }[];
    readonly skippedInboundIds: readonly string[];
  };
}

/** Most deliveries of one bulk replay. */
export const mostReplayed = 100;

/** @param idempotencyKey - the same for every try of one click, so that none sends twice. */
export async function replay(client: Everhook, ids: readonly string[], idempotencyKey: string) {
  const { bulkReplayDeliveries } = await client.mutate<Replayed>(
    `mutation ($ids: [ID!]!, $idempotencyKey: String) {
      bulkReplayDeliveries(ids: $ids, idempotencyKey: $idempotencyKey) { deliveries { id } skippedInboundIds }
    }`,
    { ids, idempotencyKey },
  );
  return bulkReplayDeliveries;
}

export interface Recovery {
  readonly id: string;
  readonly state: 'RUNNING' | 'FINISHED' | 'CANCELLED';
  readonly reason: string | null;
  readonly total: number;
  readonly replayed: number;
}

const recoveryFields = 'id state reason total replayed';

export async function recover(
  client: Everhook,
  webhookId: string,
  since: Date,
  idempotencyKey: string,
): Promise<Recovery> {
  const { recoverDeliveries } = await client.mutate<{ recoverDeliveries: { recovery: Recovery } }>(
    `mutation ($input: RecoverDeliveriesInput!) { recoverDeliveries(input: $input) { recovery { ${recoveryFields} } } }`,
    { input: { webhookId, since: since.toISOString(), idempotencyKey } },
  );
  return recoverDeliveries.recovery;
}

export async function recovery(client: Everhook, id: string, signal: AbortSignal): Promise<Recovery | null> {
  const document = `query ($id: ID!) { recovery(id: $id) { ${recoveryFields} } }`;
  return (await client.query<{ recovery: Recovery | null }>(document, { id }, { signal })).recovery;
}
