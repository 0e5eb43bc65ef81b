import { type Logger, pino } from 'pino';
import type { Permission, Role } from '../../core/access/principal.ts';
import type { ProcessConfig } from '../../core/composition/processConfig.ts';
import type { ProfileName } from '../../core/profiles/profile.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { strictQueries } from '../../schema/strictQueries.ts';
import { createHttpServer, type HttpServer, type HttpServerParts } from '../../server/httpServer.ts';
import { createService, type Service } from '../../server/processes/service.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { Sentinels } from './sentinels.ts';

/** An HTTP answer, as received. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that it asked for.
  readonly data: any;
  readonly errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[] | undefined;
}

export interface TestTenant {
  readonly organizationId: string;
  readonly projectId: string;
  /** A key of the whole organization with the role OWNER. */
  readonly key: string;
}

const lateMs = 20_000;

/** Says what does not end: the limit of a hook names nothing. @param known - what else is known of it */
async function inTime<T>(what: string, closing: Promise<T>, known = () => ''): Promise<T> {
  const timer = setTimeout(() => console.error(`${what} has not closed within ${lateMs} ms ${known()}`), lateMs);
  return closing.finally(() => clearTimeout(timer));
}

/** Takes the request's id out of errors, because no two are the same: each must be the one in the answer's header. */
export function takeRequestIds(errors: Answer['errors'], headers: Headers): void {
  const id = headers.get('x-request-id');
  if (id === null) throw new Error('The answer has no X-Request-Id.');
  for (const { extensions } of errors ?? []) {
    if (extensions.requestId !== id) throw new Error(`An error has the request id ${extensions.requestId}, not ${id}.`);
    delete extensions.requestId;
  }
}

/** Pino's number for warnings. */
const warning = 40;

export const operatorKey = 'operator-key-for-tests-0123456789';

/** The API of one process, over real HTTP, on a database of its own. Temporal is away, so nothing is retried. */
export class TestApi {
  readonly database: TestDatabase;
  readonly service: Service;
  readonly http: HttpServer;
  readonly url: string;
  readonly logged: Record<string, unknown>[];
  /** Every line that was logged, at any level. */
  readonly log: string[];
  /** Secrets that were sent or shown. {@link close} fails if one is found in the database or in the log. */
  readonly sentinels = new Sentinels();
  readonly #config: ProcessConfig;
  readonly #pino: Logger;

  private constructor(
    database: TestDatabase,
    service: Service,
    http: HttpServer,
    url: string,
    logged: Record<string, unknown>[],
    log: string[],
    config: ProcessConfig,
    logger: Logger,
  ) {
    this.#config = config;
    this.#pino = logger;
    this.database = database;
    this.service = service;
    this.http = http;
    this.url = url;
    this.logged = logged;
    this.log = log;
  }

  static async start(
    changes: Partial<ProcessConfig> = {},
    {
      databaseBy = async (url) => url,
      ...parts
    }: Pick<HttpServerParts, 'answers' | 'capacity' | 'heartbeatMs' | 'traced'> & {
      /** Where the service reaches its database. */
      readonly databaseBy?: (url: string) => Promise<string>;
    } = {},
  ): Promise<TestApi> {
    strictQueries.on = true;
    const database = await createDatabase();
    const logged: Record<string, unknown>[] = [];
    const lines: string[] = [];
    const log = pino(
      { level: 'trace' },
      {
        write(line: string) {
          lines.push(line);
          const entry = JSON.parse(line) as { level: number; [name: string]: unknown };
          if (entry.level >= warning) logged.push(entry);
        },
      },
    );
    const config: ProcessConfig = {
      host: '127.0.0.1',
      port: 0,
      shutdownDelayMs: 0,
      apiMetricsPort: null,
      workerMetricsPort: null,
      publicUrl: null,
      databaseUrl: await databaseBy(database.url),
      // Nothing listens there, which is known at once: each call, and the end of the process, would wait for it.
      temporal: { address: '127.0.0.1:9', namespace: 'default', tls: false, apiKey: null, connectTimeoutMs: 50 },
      temporalUiUrl: null,
      temporalCli: null,
      graphql: { graphiql: false, trustedDocuments: null, trustedOnly: false },
      dataDir: '/nowhere',
      operatorKey,
      encryptionKeys: generateKey(),
      jwt: null,
      trustedProxies: [],
      allowHttp: true,
      allowedPrivateRanges: ['127.0.0.0/8'],
      egressIpRanges: ['192.0.2.0/28'],
      outbound: { proxy: null, addresses: [], certificates: null },
      retentionMs: null,
      auditRetentionMs: null,
      logLevel: 'warn',
      // Workflows do not run here: a slow machine must not look like a stuck receiver.
      concurrency: { perProcess: 64, perWebhook: 16, patienceMs: 60_000 },
      limits: { bodyBytes: 1024 * 1024, ratePerSecond: 100_000 },
      ...changes,
    };
    const service = await createService(config, log);
    const http = createHttpServer({ ...service, config, log, ...parts });
    const { url } = await http.listen();
    const api = new TestApi(database, service, http, url, logged, lines, config, log);
    api.sentinels.add(operatorKey);
    api.sentinels.add(config.encryptionKeys.split(':')[1]);
    return api;
  }

  /** Another process on the same database, with caches of its own. The caller closes it. */
  async process(): Promise<{ readonly url: string; close(): Promise<void> }> {
    const service = await createService(this.#config, this.#pino);
    const http = createHttpServer({ ...service, config: { ...this.#config, port: 0 }, log: this.#pino });
    const { url } = await http.listen();
    return {
      url,
      async close() {
        await http.close();
        await service.close();
      },
    };
  }

  /** Another server over the same service, as another process has. The caller closes it. */
  async serve(
    config: Partial<HttpServerParts['config']> = {},
    parts: Pick<HttpServerParts, 'plugins' | 'heartbeatMs'> = {},
  ): Promise<{ server: HttpServer; port: number; url: string }> {
    const limits = { bodyBytes: 1024 * 1024, ratePerSecond: 100_000 };
    const server = createHttpServer({
      ...this.service,
      config: { host: '127.0.0.1', port: 0, trustedProxies: [], limits, ...config },
      log: pino({ level: 'silent' }),
      ...parts,
    });
    return { server, ...(await server.listen()) };
  }

  async close(): Promise<void> {
    await inTime('the server', this.http.close());
    await inTime('the service', this.service.close(), () =>
      this.log.filter((line) => line.includes('takes long to close')).join(''),
    );
    const found = [
      ...(await inTime('the search for secrets', this.sentinels.inDatabase(this.database.url))),
      ...this.sentinels.in(this.log.join('')).map((secret) => `log: ${secret}`),
    ];
    await inTime('the database', this.database.drop());
    if (found.length > 0) throw new Error(`These secrets must not be in the database or the log:\n${found.join('\n')}`);
  }

  /** Posts an operation as a client does. */
  ask(key: string | null, query: string, variables?: object, headers: Record<string, string> = {}): Promise<Answer> {
    this.sentinels.note(variables);
    return this.post(JSON.stringify({ query, variables }), {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    });
  }

  /** Posts a body unchanged. */
  async post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    this.sentinels.add(headers.authorization?.replace(/^Bearer +/, ''));
    const { data, errors } = text.startsWith('{') ? JSON.parse(text) : { data: undefined, errors: undefined };
    takeRequestIds(errors, response.headers);
    this.sentinels.note(data);
    return { status: response.status, headers: response.headers, text, data, errors };
  }

  /** An operation that must succeed. @returns its data */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that it asked for.
  async data(key: string, query: string, variables?: object): Promise<any> {
    const { data, errors } = await this.ask(key, query, variables);
    if (errors) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
    return data;
  }

  /** An operation that must fail. @returns the code and field of its first error */
  async refusal(key: string | null, query: string, variables?: object): Promise<{ code: unknown; field?: unknown }> {
    const { errors, text } = await this.ask(key, query, variables);
    const [error] = errors ?? [];
    if (!error) throw new Error(`The operation succeeded: ${text}`);
    const { code, field } = error.extensions;
    return field === undefined ? { code } : { code, field };
  }

  /** An organization with a project and an owner's key, made through the API. */
  async tenant(profile: ProfileName = 'STANDARD'): Promise<TestTenant> {
    const { createOrganization } = await this.data(
      operatorKey,
      'mutation { createOrganization(input: { name: "Harbour Robotics" }) { organization { id } } }',
    );
    const organizationId: string = createOrganization.organization.id;
    const { createProject } = await this.data(
      operatorKey,
      `mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }`,
      { input: { organizationId, name: 'Berth planning', profile } },
    );
    const key = await this.key(operatorKey, { organizationId, role: 'OWNER' });
    return { organizationId, projectId: createProject.project.id, key };
  }

  async key(
    by: string,
    input: { organizationId: string; projectId?: string; role?: Role; permissions?: Permission[] },
  ): Promise<string> {
    const { createApiKey } = await this.data(
      by,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { name: 'Crane service', ...input } },
    );
    return createApiKey.key;
  }

  /** An event type of the tenant's project that takes any object. */
  async eventType(tenant: TestTenant, name: string, schema: object = { type: 'object' }): Promise<void> {
    await this.data(
      tenant.key,
      'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId: tenant.projectId, name, schema } },
    );
  }

  /** A webhook of the tenant's project. */
  async webhook(tenant: TestTenant, input: object = {}): Promise<{ id: string; secret: string | null }> {
    const { createWebhook } = await this.data(
      tenant.key,
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }',
      { input: { projectId: tenant.projectId, name: 'Berth board', url: 'http://127.0.0.1:9/hook', ...input } },
    );
    return { id: createWebhook.webhook.id, secret: createWebhook.secret };
  }
}
