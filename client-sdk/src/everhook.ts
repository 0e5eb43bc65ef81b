import { ApiKeys } from './apiKeys.ts';
import type { Areas } from './areas.ts';
import { Audit } from './audit.ts';
import { Deletions } from './deletions.ts';
import { Deliveries } from './deliveries.ts';
import { Erasures } from './erasures.ts';
import { ValidationError } from './errors.ts';
import { EventTypes } from './eventTypes.ts';
import { type Found, find } from './find.ts';
import {
  EgressIpRangesDocument,
  type TypedDocumentString,
  ViewerDocument,
  type ViewerQuery,
} from './generated/operations.ts';
import { type OrganizationHandle, organizationHandle, type ProjectHandle, projectHandle } from './handles.ts';
import type { Fetch } from './http/connection.ts';
import { sharedKey } from './http/sharedKey.ts';
import { type CallOptions, Transport } from './http/transport.ts';
import { Inbound } from './inbound.ts';
import { Issues } from './issues.ts';
import { Listeners } from './listeners.ts';
import { LiveSockets } from './live/liveSocket.ts';
import { platformWebSocket, type WebSocketConstructor } from './live/webSocket.ts';
import { Members } from './members.ts';
import { Organizations } from './organizations.ts';
import { Permissions } from './permissions.ts';
import { PortalLinks } from './portalLinks.ts';
import { Projects } from './projects.ts';
import { Events } from './publishing/events.ts';
import type { AnyEvents } from './publishing/eventText.ts';
import { Recoveries } from './recoveries.ts';
import { Sessions } from './sessions.ts';
import type { WithTimes } from './times.ts';
import { Webhooks } from './webhooks.ts';

export interface EverhookOptions {
  /** Everhook's URL, with or without `/graphql`: `https://hooks.example.com`. */
  readonly url: string;
  /**
   * An API key, or a user's JWT. A function is called before every request and connection; those that begin while it is under way
   * share its answer. It has `timeoutMs` to answer. Where it fails while a watch reconnects, it is called again later.
   */
  readonly apiKey: string | (() => string | Promise<string>);
  /** @default the platform's own */
  readonly fetch?: Fetch | undefined;
  /** @default the platform's own; on Node 20 that of the `ws` package */
  readonly webSocket?: WebSocketConstructor | undefined;
  /**
   * How often a call that failed for a temporary reason is retried. While the server answers UNAVAILABLE with a time to
   * retry, or a gateway before it answers 502, 503 or 504, the call is retried for a minute, with any number of further tries. 0: never. @default 5
   */
  readonly retries?: number | undefined;
  /** How long one try of a call may take, in milliseconds. @default 30,000 */
  readonly timeoutMs?: number | undefined;
  /** Maximum number of publishing requests at once; fewer while the server is overloaded. @default 16 */
  readonly publishConcurrency?: number | undefined;
  /** How often a live connection is pinged, in milliseconds. Without an answer for as long again, it counts as lost. @default 10,000 */
  readonly keepAliveMs?: number | undefined;
}

/** Options of a client on a page of the installation itself, where somebody is signed in: the browser's session counts, not a key. */
export interface SessionOptions extends Omit<EverhookOptions, 'apiKey'> {
  readonly apiKey?: undefined;
  /** The browser sends the session's cookie along. No script can read it, and from other sites' pages it counts for nothing. */
  readonly credentials: 'same-origin';
}

/** The principal of a key, a portal link's token or a user's JWT, with its permissions. */
export type Viewer = WithTimes<ViewerQuery['viewer']>;

export interface ViewerScope extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/**
 * A client of one Everhook service. Create one and share it everywhere.
 *
 * @typeParam Catalogue - the interface of the event types, generated from a catalogue: `new Everhook<Events>(…)`. The compiler then
 *   checks what is published by the event's own schema. Without it, any type and any data may be written.
 */
export class Everhook<Catalogue extends object = AnyEvents> implements Areas<Catalogue> {
  readonly organizations: Organizations;
  readonly projects: Projects;
  readonly apiKeys: ApiKeys;
  readonly portalLinks: PortalLinks;
  readonly members: Members;
  readonly sessions: Sessions;
  readonly permissions: Permissions;
  readonly audit: Audit;
  readonly eventTypes: EventTypes;
  readonly webhooks: Webhooks;
  readonly events: Events<Catalogue>;
  readonly deliveries: Deliveries;
  readonly listeners: Listeners;
  readonly recoveries: Recoveries;
  readonly deletions: Deletions;
  readonly erasures: Erasures;
  readonly inbound: Inbound;
  readonly issues: Issues;
  readonly #transport: Transport;

  /** @throws ValidationError for an invalid option. */
  constructor(given: EverhookOptions | SessionOptions) {
    // A program without types may give none: then the URL is the first that is missing.
    const options = (given ?? {}) as EverhookOptions | SessionOptions;
    const { apiKey, fetch = globalThis.fetch as unknown as Fetch, webSocket } = options;
    const retries = wholeNumber(options.retries ?? 5, 0, 'retries');
    const timeoutMs = wholeNumber(options.timeoutMs ?? 30_000, 1, 'timeoutMs');
    const publishConcurrency = wholeNumber(options.publishConcurrency ?? 16, 1, 'publishConcurrency');
    const keepAliveMs = wholeNumber(options.keepAliveMs ?? 10_000, 1, 'keepAliveMs');
    const { http, live } = endpoints(options.url);
    const credentials = 'credentials' in options ? options.credentials : undefined;
    if (credentials !== undefined && (credentials !== 'same-origin' || apiKey !== undefined)) {
      const message = 'Give an apiKey, or credentials: "same-origin" on a page of the installation itself, not both.';
      throw new ValidationError(message, { field: 'credentials' });
    }
    if (credentials === undefined && typeof apiKey !== 'function') checkKey(apiKey);
    const key =
      typeof apiKey === 'function' ? sharedKey(async () => checkKey(await apiKey()), timeoutMs) : () => apiKey;
    const authorization = async () => (credentials ? undefined : `Bearer ${await key()}`);
    const transport = new Transport({ url: http, authorization, credentials, fetch, timeoutMs }, retries);
    this.#transport = transport;
    this.organizations = new Organizations(transport);
    this.projects = new Projects(transport);
    this.apiKeys = new ApiKeys(transport);
    this.portalLinks = new PortalLinks(transport);
    this.members = new Members(transport);
    this.sessions = new Sessions(transport);
    this.permissions = new Permissions(transport);
    this.audit = new Audit(transport);
    this.eventTypes = new EventTypes(transport);
    const liveOptions = {
      url: live,
      webSocket: async () => webSocket ?? platformWebSocket(),
      keepAliveMs,
      sockets: new LiveSockets(),
    };
    this.webhooks = new Webhooks(transport, liveOptions);
    this.listeners = new Listeners(transport, liveOptions);
    this.events = new Events(transport, publishConcurrency);
    this.inbound = new Inbound(transport);
    this.deliveries = new Deliveries(transport, liveOptions);
    this.erasures = new Erasures(transport, liveOptions);
    this.recoveries = new Recoveries(transport, liveOptions);
    this.deletions = new Deletions(transport, liveOptions);
    this.issues = new Issues(transport, liveOptions);
  }

  /** Finds out what an id belongs to: a webhook, a delivery, an event. @returns null where there is none, or none that the key may see */
  find(id: string, options?: CallOptions): Promise<Found | null> {
    return find(this.#transport, id, options);
  }

  /**
   * One project, so that its id need not be given again: `everhook.project(id).events.publish(event)`. It has the client's areas, bound
   * to the project, and asks the server nothing by itself.
   *
   * @typeParam Own - the interface of this project's event types, where it has others than the client
   * @throws ValidationError for an empty id
   */
  project<Own extends object = Catalogue>(id: string): ProjectHandle<Own> {
    return projectHandle(this as unknown as Areas<Own>, id);
  }

  /** One organization, as {@link project} is one project. @throws ValidationError for an empty id */
  organization<Own extends object = Catalogue>(id: string): OrganizationHandle<Own> {
    return organizationHandle(this as unknown as Areas<Own>, id);
  }

  /** The principal of this client. `permissions` are those in the named scope or, without one, those it has anywhere. */
  async viewer({ signal, ...scope }: ViewerScope = {}): Promise<Viewer> {
    return (await this.#transport.query(ViewerDocument, scope, { signal })).viewer;
  }

  /** Address ranges (CIDR) of outgoing deliveries, for receivers that allow by address. */
  async egressIpRanges(options?: CallOptions): Promise<readonly string[]> {
    return (await this.#transport.query(EgressIpRangesDocument, {}, options)).egressIpRanges;
  }

  /** Your own query, as text or as a document typed by codegen. */
  query<Result = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: TypedDocumentString<Result, Variables> | string,
    variables: NoInfer<Variables>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.#transport.send(document as TypedDocumentString<Result, Variables>, variables, 'always', options);
  }

  /** Your own mutation, as text or as a document typed by codegen. It is retried only where it certainly was not executed. */
  mutate<Result = Record<string, unknown>, Variables = Record<string, unknown>>(
    document: TypedDocumentString<Result, Variables> | string,
    variables: NoInfer<Variables>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.#transport.send(document as TypedDocumentString<Result, Variables>, variables, 'if refused', options);
  }

  /**
   * Ends every watch, refuses further calls with the code CLOSED, and resolves once the calls under way have ended, publishing included. A
   * process also exits without it: only watches keep it alive.
   */
  close(): Promise<void> {
    return this.#transport.close();
  }
}

function endpoints(text: string): { http: string; live: string } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ValidationError('The url is not valid. Give one like https://hooks.example.com.', { field: 'url' });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ValidationError('The url must begin with http:// or https://.', { field: 'url' });
  }
  if (url.username || url.password) {
    throw new ValidationError('The url must not contain credentials: put the key into apiKey.', { field: 'url' });
  }
  if (!/\/graphql\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`;
  const live = new URL(url);
  live.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return { http: url.href, live: live.href };
}

/** @returns the key */
function checkKey(key: unknown): string {
  // Characters that a header cannot have would fail later with an error that quotes the key.
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ValidationError('The apiKey must be a key or a JWT: visible ASCII characters without spaces.', {
    field: 'apiKey',
  });
}

/** The longest time that a timer takes, in milliseconds: 24 days. */
const most = 2 ** 31 - 1;

function wholeNumber(value: number, least: number, field: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ValidationError(`This must be a whole number from ${least} to ${most}.`, { field });
}
