import { type ServiceError, status } from '@grpc/grpc-js';
import { type Client, isGrpcServiceError, type WorkflowOptions } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ownerOfWebhook, type WebhookOwner } from '../../core/store/webhookOwner.ts';
import { createCommand, searchAttributes, searchAttributeTypes } from '../searchAttributes.ts';

/** Options of a started workflow so that people can find and recognize it, and organizations take turns in its task queue. */
export type FindableOptions = Pick<WorkflowOptions, 'staticSummary' | 'typedSearchAttributes' | 'priority'>;

/** Whether a namespace has the search attributes. `tried`: unknown; the next start will show it. */
type Known = 'yes' | 'no' | 'tried';

type Attribute = Exclude<FindableOptions['typedSearchAttributes'], undefined> & readonly unknown[];

export interface Findable {
  /** Whether workflows of this namespace may set the search attributes, as far as is known. */
  may(client: Client): Promise<boolean>;
  /** Starts a webhook's workflow with its search attributes, or without them if Temporal refuses them. */
  start<T>(client: Client, webhookId: string, start: (options: FindableOptions) => Promise<T>): Promise<T>;
}

/** After a refusal, search attributes are tried again after this long: an operator may have made them. Milliseconds. */
const usualRefusedForMs = 60_000;
/** Webhooks whose owners are cached. */
const maxOwners = 10_000;

/** As Temporal's API numbers them. */
const valueTypes = { Keyword: 2, Int: 3, Datetime: 6 } as const;

/** The answer of Temporal that an error of the SDK carries; null if Temporal did not answer. */
const answeredIn = (error: unknown): ServiceError | null => {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause : null;
};

const messageOf = (error: unknown): string => answeredIn(error)?.details ?? String(error);

function refusesAttributes(error: unknown): boolean {
  const answered = answeredIn(error);
  return answered?.code === status.INVALID_ARGUMENT && /search attribute/i.test(answered.details);
}

/**
 * Makes missing search attributes.
 *
 * @returns why some are missing, in a sentence; null if all exist
 */
async function ensure({ connection }: Client, namespace: string): Promise<string | null> {
  const operator = connection.operatorService;
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const wrong = Object.entries(searchAttributeTypes).filter(
    ([name, type]) => customAttributes[name] !== undefined && customAttributes[name] !== valueTypes[type],
  );
  if (wrong.length > 0)
    return `${wrong.map(([name, type]) => `${name} exists, but its type is not ${type}`).join(', ')}.`;
  const missing = Object.entries(searchAttributeTypes).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return null;
  await operator
    .addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, valueTypes[type]])),
    })
    .catch((error: unknown) => {
      // Another process that starts now made them.
      if (!isGrpcServiceError(error) || error.code !== status.ALREADY_EXISTS) throw error;
    });
  return null;
}

/**
 * Makes webhooks' workflows findable in one namespace. The search attributes are made when they are first needed. If that
 * is refused, as on a Temporal that others administer, everything works without them, and the log says once which command
 * to run.
 *
 * @param ownerOf - the owner of a webhook; null if the webhook is gone
 */
export function createFindable(
  namespace: string,
  ownerOf: (webhookId: string) => Promise<WebhookOwner | null>,
  log: Logger,
  refusedForMs = usualRefusedForMs,
): Findable {
  let known: Known | null = null;
  let knownUntil = 0;
  let asking: Promise<Known> | null = null;
  let warned = false;
  const owners = new Map<string, WebhookOwner>();

  function settle(now: Known, why: string | null): Known {
    known = now;
    knownUntil = now === 'yes' ? Number.POSITIVE_INFINITY : performance.now() + refusedForMs;
    if (now === 'yes') warned = false;
    else if (now === 'no' && !warned) {
      warned = true;
      log.warn(
        { namespace, reason: why, run: createCommand(namespace) },
        'Temporal lacks search attributes for webhooks; retries work without them. Run the command in "run" once',
      );
    }
    return now;
  }

  async function ask(client: Client): Promise<Known> {
    if (known !== null && performance.now() < knownUntil) return known;
    asking ??= ensure(client, namespace)
      .then(
        (why) => settle(why === null ? 'yes' : 'no', why),
        // A client without the right to administer a namespace may still use the attributes in it.
        (error) => settle('tried', messageOf(error)),
      )
      .finally(() => {
        asking = null;
      });
    return asking;
  }

  async function cachedOwnerOf(webhookId: string): Promise<WebhookOwner | null> {
    const cached = owners.get(webhookId);
    if (cached) return cached;
    // If it cannot be read now, the workflow itself sets the attributes later.
    const owner = await ownerOf(webhookId).catch(() => null);
    if (owner !== null) owners.set(webhookId, owner);
    const [oldest] = owners.keys();
    if (owners.size > maxOwners && oldest !== undefined) owners.delete(oldest);
    return owner;
  }

  return {
    may: async (client) => (await ask(client)) === 'yes',
    async start(client, webhookId, start) {
      const owner = await cachedOwnerOf(webhookId);
      const options: FindableOptions = {
        staticSummary: `Retries of webhook ${webhookId}`,
        ...(owner && { priority: { fairnessKey: owner.organizationId } }),
      };
      if ((await ask(client)) === 'no') return start(options);
      try {
        const started = await start({ ...options, typedSearchAttributes: attributesOf(webhookId, owner) });
        if (known === 'tried') settle('yes', null);
        return started;
      } catch (error) {
        if (!refusesAttributes(error)) throw error;
        // New attributes may not be known everywhere yet; or Temporal was set up anew.
        settle('no', messageOf(error));
        return start(options);
      }
    },
  };
}

const attributesOf = (webhookId: string, owner: WebhookOwner | null): Attribute => [
  { key: searchAttributes.webhook, value: webhookId },
  ...(owner === null ? [] : [{ key: searchAttributes.organization, value: owner.organizationId }]),
  ...(owner?.projectId == null ? [] : [{ key: searchAttributes.project, value: owner.projectId }]),
];

/** {@link createFindable}, with the owners of webhooks from the database. */
export const findableOver = (namespace: string, pool: Pick<Pool, 'query'>, log: Logger): Findable =>
  createFindable(namespace, (webhookId) => ownerOfWebhook(pool, webhookId), log);
