import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireIn } from '../../core/access/permissions.ts';
import type { Principal } from '../../core/access/principal.ts';
import { principalOf } from '../../core/access/tenant.ts';
import { Quota, SharedPlaces } from '../../core/fairness/quota.ts';
import { ApiError, invalid, notFound } from '../../core/ground/errors.ts';
import { idOf } from '../../core/ground/idOf.ts';
import type { IssueFeed } from '../../core/issues/issueFeed.ts';
import type { Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import { replyError, replyJson } from './reply.ts';

export const issueStreamPath = '/api/issues/stream';

/** An issue as clients get it, and JSON to be. */
export interface ShownIssue {
  readonly id: string;
  readonly version: number;
}

export interface IssueStreamParts {
  /** Who a request acts as. @throws ApiError UNAUTHENTICATED */
  authenticate(request: IncomingMessage): Promise<Principal>;
  /** The project's organization, where the principal sees it. @throws ApiError NOT_FOUND */
  ofProject(principal: Principal, projectId: string): Promise<string>;
  readonly feed: IssueFeed;
  /** A project's issues by their ids, in that order; those that are gone are left out. */
  issues(projectId: string, ids: readonly string[]): Promise<readonly ShownIssue[]>;
  readonly presenter: Presenter;
  readonly limits: Pick<RateLimits, 'operation'>;
  /** Streams that all may have open, one organization three quarters of them. @default 3,000 */
  readonly mostOfAll?: number | undefined;
  /** Streams that a principal may have open. @default 500 */
  readonly mostOfPrincipal?: number;
  /** How often a quiet stream shows that it lives, and whether it may go on, in milliseconds. @default 15,000 */
  readonly heartbeatMs?: number;
  /** How long a reader may take nothing, in milliseconds. @default 30,000 */
  readonly stalledMs?: number;
}

export interface IssueStreams {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends every stream; clients come back after what they saw last. */
  close(): void;
}

/** Streams that all may have open: one organization alone 2,250. */
const mostStreams = 3_000;

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Neither kept nor gathered up by anything on the way.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
} as const;

/** Server-Sent Events (html.spec.whatwg.org): each issue of a project as it changes, each as of the moment it is told. */
export function createIssueStreams(parts: IssueStreamParts): IssueStreams {
  const {
    feed,
    presenter,
    limits,
    mostOfAll = mostStreams,
    mostOfPrincipal = 500,
    heartbeatMs = 15_000,
    stalledMs = 30_000,
  } = parts;
  const principals = new Quota(mostOfPrincipal);
  const places = new SharedPlaces(mostOfAll);
  const open = new Set<AbortController>();

  async function allow(principal: Principal, projectId: string): Promise<string> {
    const organizationId = await parts.ofProject(principal, projectId);
    requireIn(principal, 'WEBHOOK_READ', { organizationId, projectId }, 'projectId');
    return organizationId;
  }

  const authorize = async (request: IncomingMessage, projectId: string) =>
    allow(await parts.authenticate(request), projectId);

  /** Waits for a reader that is slow, and not for one that reads no more. */
  async function write(response: ServerResponse, text: string, ending: AbortController): Promise<void> {
    if (response.destroyed || response.write(text)) return;
    const stalled = setTimeout(() => {
      ending.abort();
      response.destroy();
    }, stalledMs);
    try {
      await once(response, 'drain', { signal: ending.signal });
    } catch {
      // It has ended, and so has the loop that writes.
    } finally {
      clearTimeout(stalled);
    }
  }

  async function stream(
    request: IncomingMessage,
    response: ServerResponse,
    { organizationId, projectId }: { readonly organizationId: string; readonly projectId: string },
  ): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const after = request.headersDistinct['last-event-id']?.[0] ?? url.searchParams.get('lastEventId') ?? undefined;
    const ending = new AbortController();
    const changes = feed.changes({ organizationId, projectId, ...(after ? { after } : {}), signal: ending.signal });
    open.add(ending);
    const closed = () => ending.abort();
    response.once('close', closed);
    // A response that waits behind another on its connection is not told that the connection is gone.
    request.socket.once('close', closed);
    const end = (error: unknown) => {
      const { message, extensions } = presenter.error(error);
      if (!response.destroyed) {
        response.end(`event: end\ndata: ${JSON.stringify({ message, code: extensions?.code })}\n\n`);
      }
      ending.abort();
    };
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      const cursor = await changes.ready;
      response.writeHead(200, headers);
      // An id without data tells nobody anything, and is where a client resumes that has seen nothing yet.
      await write(response, `retry: 2000\nid: ${cursor}\n\n`, ending);
      heartbeat = setInterval(() => {
        authorize(request, projectId).then(() => {
          if (response.writableLength === 0 && !response.destroyed) response.write(': still here\n\n');
        }, end);
      }, heartbeatMs);
      for await (const batch of changes) {
        await authorize(request, projectId);
        const cursors = new Map(batch.map(({ id, cursor }) => [id, cursor]));
        for (const issue of await parts.issues(projectId, [...cursors.keys()])) {
          await write(
            response,
            `id: ${cursors.get(issue.id)}\nevent: issue\ndata: ${JSON.stringify(issue)}\n\n`,
            ending,
          );
          if (ending.signal.aborted) return;
        }
      }
      response.end();
    } catch (error) {
      if (!response.headersSent) throw error;
      end(error);
    } finally {
      clearInterval(heartbeat);
      request.socket.off('close', closed);
      open.delete(ending);
      ending.abort();
    }
  }

  return {
    async serve(request, response) {
      try {
        if (request.method !== 'GET') {
          const reason = invalid('method', 'The stream is read by GET.');
          return replyError(response, reason, { status: 405, headers: { allow: 'GET' } });
        }
        const projectId = idOf(new URL(request.url ?? '/', 'http://localhost').searchParams.get('projectId') ?? '');
        // Who asks is asked first: what exists is for those who are known.
        const principal = await parts.authenticate(request);
        await limits.operation(principal);
        if (projectId === null) throw notFound('project', 'projectId');
        const organizationId = await allow(principal, projectId);
        // Who left meanwhile is told of by no event any more.
        if (response.destroyed || request.socket.destroyed) return;
        const leave = principals.take(principalOf(principal));
        if (!leave) {
          throw new ApiError('RATE_LIMITED', `A principal has at most ${mostOfPrincipal} streams.`, undefined, 5);
        }
        try {
          const giveBack = places.place(organizationId);
          if (!giveBack) {
            throw new ApiError(
              'UNAVAILABLE',
              'This process serves no more streams of this organization now. Try again in 5 s, or close some.',
              undefined,
              5,
            );
          }
          await stream(request, response, { organizationId, projectId }).finally(giveBack);
        } finally {
          leave();
        }
      } catch (error) {
        if (error instanceof ApiError) replyError(response, error);
        else {
          const shown = presenter.error(error);
          replyJson(response, shown.extensions?.code === 'UNAVAILABLE' ? 503 : 500, { errors: [shown] });
        }
      }
    },

    close() {
      for (const ending of open) ending.abort();
    },
  };
}
