import {
  type ApiKeyFieldsFragment,
  ApiKeysDocument,
  CreateApiKeyDocument,
  type CreateApiKeyInput,
  RevokeApiKeyDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

export type ApiKey = WithTimes<ApiKeyFieldsFragment>;

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** The key itself. Shown only here. */
  readonly key: string;
}

export interface ApiKeyFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** API keys: the credentials of services. */
export class ApiKeys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a key with a role or with permissions of its own, never more than the caller has. */
  async create(input: CreateApiKeyInput, options?: CallOptions): Promise<CreatedApiKey> {
    return (await this.#transport.mutate(CreateApiKeyDocument, { input }, options)).createApiKey;
  }

  /** Revokes a key: it stops working at once. */
  async revoke(id: string, options?: CallOptions): Promise<ApiKey> {
    return (await this.#transport.mutate(RevokeApiKeyDocument, { id }, options)).revokeApiKey.apiKey;
  }

  /** Keys, newest first, also those that expired or were revoked in the last 30 days. */
  list({ signal, ...filter }: ApiKeyFilter = {}): Listing<ApiKey> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(ApiKeysDocument, { ...filter, ...page }, { signal: ending })).apiKeys,
      signal,
    );
  }
}
