import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Fewer than a caller asks for, so that every list has several pages. */
const maxPage = 2;

export const svixToken = 'testsk_of-the-environment-0123456789';

type Row = Record<string, unknown>;

interface Endpoint {
  readonly shown: Row & { id: string };
  secret: string;
  headers: Record<string, string>;
}

interface App {
  readonly shown: Row & { id: string };
  readonly endpoints: Map<string, Endpoint>;
}

const newId = (prefix: string) => `${prefix}_${randomBytes(13).toString('hex')}`;

/**
 * Answers as Svix's API is published to: its lists with `iterator` and `done`, its errors with `code` and `detail`. It keeps what is
 * posted, and delivers nothing.
 */
export class SvixStandIn {
  readonly #apps = new Map<string, App>();
  readonly #types = new Map<string, Row & { id: string }>();
  readonly #server: Server;
  /** Endpoints that a transformation changes, which only the hosted Svix has. */
  readonly transformed = new Set<string>();
  /** So many requests are refused, because there are too many. */
  refusals = 0;
  /** Requests that changed something. */
  changes = 0;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://svix.test');
      const body = await buffer(request);
      const answer = (status: number, content: unknown, headers = {}) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(content));
      if (request.headers.authorization !== `Bearer ${svixToken}`) {
        return answer(401, { code: 'authentication_failed', detail: 'Invalid token.' });
      }
      if (this.refusals > 0) {
        this.refusals -= 1;
        return answer(429, { code: 'rate_limit', detail: 'Too many requests.' }, { 'retry-after': '0' });
      }
      if (request.method !== 'GET') this.changes += 1;
      const made = this.#answer(request.method ?? '', url, body.length === 0 ? {} : JSON.parse(body.toString('utf8')));
      if (made === undefined) return answer(404, { code: 'not_found', detail: 'Entity not found.' });
      return made === null ? response.writeHead(204).end() : answer(request.method === 'POST' ? 201 : 200, made);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @returns undefined where there is nothing, null for an answer without a body */
  #answer(method: string, url: URL, body: Row): unknown {
    const [kind, first = '', second, third = '', fourth, fifth] = url.pathname.replace('/api/v1/', '').split('/');
    if (kind === 'event-type') return method === 'POST' ? this.#createType(body) : this.#listTypes(url);
    if (kind !== 'app') return undefined;
    if (first === '') return method === 'POST' ? this.#createApp(body) : page([...this.#apps.values()].map(shown), url);
    const app = byId(this.#apps, first);
    if (!app || second !== 'endpoint') return undefined;
    if (third === '') {
      return method === 'POST' ? createEndpoint(app, body) : page([...app.endpoints.values()].map(shown), url);
    }
    const endpoint = byId(app.endpoints, third);
    if (!endpoint) return undefined;
    if (fourth === 'secret' && fifth === 'rotate') {
      endpoint.secret = (body.key as string | null) ?? newSecret();
      return null;
    }
    if (fourth === 'secret') return { key: endpoint.secret };
    if (fourth === 'headers' && method === 'PUT') {
      endpoint.headers = body.headers as Record<string, string>;
      return null;
    }
    if (fourth === 'headers') return shownHeaders(endpoint.headers);
    if (fourth === 'transformation' && this.transformed.has(endpoint.shown.id)) return { code: 'x', enabled: true };
    return undefined;
  }

  #createType(body: Row) {
    const name = body.name as string;
    const made = { ...times(), deprecated: false, archived: false, ...body, id: name };
    this.#types.set(name, made);
    return withoutId(made);
  }

  #listTypes(url: URL) {
    const ofAll = url.searchParams.get('include_archived') === 'true';
    const whole = url.searchParams.get('with_content') === 'true';
    const types = [...this.#types.values()].filter(({ archived }) => ofAll || !archived);
    const { data, ...rest } = page(types, url);
    return { ...rest, data: data.map((type) => withoutId(whole ? type : { ...type, schemas: null })) };
  }

  #createApp(body: Row) {
    const made = { metadata: {}, uid: null, ...body, ...times(), id: newId('app') };
    this.#apps.set(made.id, { shown: made, endpoints: new Map() });
    return made;
  }
}

const times = () => ({ createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() });
const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;
const shown = ({ shown }: { shown: Row & { id: string } }) => shown;
const withoutId = ({ id: _, ...type }: Row & { id: string }) => type;

/** By the id of Svix, or by the uid. */
function byId<Found extends { readonly shown: Row & { id: string } }>(all: Map<string, Found>, id: string) {
  return all.get(id) ?? [...all.values()].find((found) => found.shown.uid === id);
}

function createEndpoint(app: App, { secret, headers, ...body }: Row) {
  const made = { metadata: {}, description: '', disabled: false, version: 1, uid: null, ...body, ...times() };
  const endpoint = {
    shown: { ...made, id: newId('ep') },
    secret: (secret as string | null) ?? newSecret(),
    headers: (headers as Record<string, string> | null) ?? {},
  };
  app.endpoints.set(endpoint.shown.id, endpoint);
  return endpoint.shown;
}

/** Values of headers that carry credentials are never shown. */
function shownHeaders(all: Record<string, string>) {
  const isSensitive = (name: string) => name.toLowerCase() === 'authorization';
  return {
    headers: Object.fromEntries(Object.entries(all).filter(([name]) => !isSensitive(name))),
    sensitive: Object.keys(all).filter(isSensitive),
  };
}

function page<Item extends { readonly id: string }>(items: readonly Item[], url: URL) {
  const limit = Math.min(Number(url.searchParams.get('limit') ?? maxPage), maxPage);
  const after = url.searchParams.get('iterator');
  const from = after === null ? 0 : items.findIndex(({ id }) => id === after) + 1;
  const data = items.slice(from, from + limit);
  return {
    data,
    done: from + limit >= items.length,
    iterator: data.at(-1)?.id ?? after,
    prevIterator: data[0] ? `-${data[0].id}` : null,
  };
}
