import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credential } from '../../core/access/credential.ts';
import { requireIn } from '../../core/access/permissions.ts';
import type { Principal } from '../../core/access/principal.ts';
import { principalOf } from '../../core/access/tenant.ts';
import { type AnswerBudgets, answerHolderOf } from '../../core/answers/budgets.ts';
import { answerLimits } from '../../core/answers/limits.ts';
import { Quota, SharedQuota } from '../../core/fairness/quota.ts';
import { ApiError, invalid, notFound } from '../../core/ground/errors.ts';
import { parseId } from '../../core/ground/parseId.ts';
import type { IssueFeed } from '../../core/issues/issueFeed.ts';
import type { Authenticated } from './caller.ts';
import { stillHere } from './eventTexts.ts';
import { isOutage } from './isOutage.ts';
import type { Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import { type Account, replyError, replyJson, writePiece } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf } from './requestNotes.ts';

export const issueStreamPath = '/api/issues/stream';

/** An issue as clients get it, ready for JSON. */
export interface ShownIssue {
  readonly id: string;
  readonly version: number;
}

export interface IssueStreamParts {
  /** Finds the principal of a request. @throws ApiError UNAUTHENTICATED */
  authenticate(request: IncomingMessage, response: ServerResponse): Promise<Authenticated>;
  /** The principal as it is now. @throws ApiError UNAUTHENTICATED */
  again(credential: Credential): Promise<Principal>;
  /** The project that an external id names; null where the principal sees none. @default no project has one */
  named?(principal: Principal, externalId: string): Promise<string | null>;
  /** The project's organization, if the principal can see it. @throws ApiError NOT_FOUND */
  ofProject(principal: Principal, projectId: string): Promise<string>;
  readonly feed: IssueFeed;
  /** A project's issues by their ids, in that order; removed ones are left out. */
  issues(projectId: string, ids: readonly string[]): Promise<readonly ShownIssue[]>;
  readonly presenter: Presenter;
  readonly limits: Pick<RateLimits, 'operation'>;
  /** Counts what readers have not taken. */
  readonly budgets: AnswerBudgets;
  /** Streams that all together may have open; one organization gets three quarters of them. @default 3,000 */
  readonly maxStreams?: number | undefined;
  /** Streams that one principal may have open. @default 500 */
  readonly maxPerPrincipal?: number;
  /** How often a quiet stream sends a heartbeat and checks its access, in milliseconds. @default 15,000 */
  readonly heartbeatMs?: number;
  /** How long a reader may take nothing before it is cut off, in milliseconds. @default 30,000 */
  readonly stalledMs?: number;
}

export interface IssueStreams {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Streams that are open. */
  count(): number;
  /** Ends every stream; clients reconnect and resume after the last event they saw. */
  close(): void;
}

/** Changed issues that are read and written at once. */
const issuesAtOnce = 50;
/** Streams that all together may have open: one organization alone 2,250. */
const defaultMaxStreams = 3_000;

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // No proxy shall cache or buffer it.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
} as const;

/** Server-Sent Events (html.spec.whatwg.org): each issue of a project as it changes, as it is when it is sent. */
export function createIssueStreams(parts: IssueStreamParts): IssueStreams {
  const {
    feed,
    presenter,
    limits,
    maxStreams = defaultMaxStreams,
    maxPerPrincipal = 500,
    heartbeatMs = 15_000,
    stalledMs = 30_000,
  } = parts;
  const principals = new Quota(maxPerPrincipal);
  const quota = new SharedQuota(maxStreams);
  const open = new Set<AbortController>();

  async function allow(principal: Principal, projectId: string): Promise<string> {
    const organizationId = await parts.ofProject(principal, projectId);
    requireIn(principal, 'WEBHOOK_READ', { organizationId, projectId }, 'projectId');
    return organizationId;
  }

  const authorize = async (credential: Credential, projectId: string) =>
    allow(await parts.again(credential), projectId);

  const write = (response: ServerResponse, text: string, account: Account) =>
    writePiece(response, text, account, { ...answerLimits, stalledMs });

  async function stream(
    request: IncomingMessage,
    response: ServerResponse,
    { organizationId, projectId }: { readonly organizationId: string; readonly projectId: string },
    credential: Credential,
    account: Account,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const after = request.headersDistinct['last-event-id']?.[0] ?? url.searchParams.get('lastEventId') ?? undefined;
    const ending = new AbortController();
    const changes = feed.changes({ organizationId, projectId, ...(after ? { after } : {}), signal: ending.signal });
    open.add(ending);
    const closed = () => ending.abort();
    response.once('close', closed);
    // A response that waits behind another on its connection gets no event when the connection closes.
    request.socket.once('close', closed);
    const end = (error: unknown) => {
      const requestId = requestIdOf(request);
      const { message, extensions } = presenter.error(error, requestId);
      if (!response.destroyed) {
        response.end(`event: end\ndata: ${JSON.stringify({ message, code: extensions?.code, requestId })}\n\n`);
      }
      ending.abort();
    };
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      const cursor = await changes.ready;
      response.writeHead(200, headers);
      // An id without data emits no event; a client that has seen nothing yet resumes from it.
      await write(response, `retry: 2000\nid: ${cursor}\n\n`, account);
      heartbeat = setInterval(() => {
        authorize(credential, projectId)
          .catch((error: unknown) => {
            if (!isOutage(error)) throw error;
          })
          .then(() => {
            if (response.writableLength === 0 && !response.destroyed && !ending.signal.aborted) {
              response.write(stillHere);
            }
          })
          .catch(end);
      }, heartbeatMs);
      for await (const batch of changes) {
        await authorize(credential, projectId);
        const cursors = new Map(batch.map(({ id, cursor }) => [id, cursor]));
        const ids = [...cursors.keys()];
        while (ids.length > 0) {
          // Whoever leaves too much unread comes again, and goes on after the last that it saw.
          account.budgets.check(account.holder);
          const issues = await parts.issues(projectId, ids.splice(0, issuesAtOnce));
          const events = issues.map(
            (issue) => `id: ${cursors.get(issue.id)}\nevent: issue\ndata: ${JSON.stringify(issue)}\n\n`,
          );
          if (events.length > 0) await write(response, events.join(''), account);
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
        const given = new URL(request.url ?? '/', 'http://localhost').searchParams.get('projectId') ?? '';
        // Authentication comes first: unauthenticated callers must not learn what exists.
        const { principal, credential } = await parts.authenticate(request, response);
        notesOf(request).principal = principal;
        await limits.operation(principal);
        const projectId = parseId(given) ?? (await parts.named?.(principal, given)) ?? null;
        if (projectId === null) throw notFound('project', 'projectId');
        const organizationId = await allow(principal, projectId);
        // For a client that left meanwhile, no event comes any more.
        if (response.destroyed || request.socket.destroyed) return;
        const leave = principals.acquire(principalOf(principal));
        if (!leave) {
          throw new ApiError('RATE_LIMITED', `A principal has at most ${maxPerPrincipal} streams.`, undefined, 5);
        }
        try {
          const giveBack = quota.acquire(organizationId);
          if (!giveBack) {
            throw new ApiError(
              'UNAVAILABLE',
              'This organization has too many streams open in this process. Close some, or try again in 5 s.',
              undefined,
              5,
            );
          }
          const account = { budgets: parts.budgets, holder: answerHolderOf(principal) };
          await stream(request, response, { organizationId, projectId }, credential, account).finally(giveBack);
        } finally {
          leave();
        }
      } catch (error) {
        if (error instanceof ApiError) replyError(response, error);
        else {
          const shown = presenter.error(error, requestIdOf(request));
          replyJson(response, shown.extensions?.code === 'UNAVAILABLE' ? 503 : 500, { errors: [shown] });
        }
      }
    },

    count: () => open.size,

    close() {
      for (const ending of open) ending.abort();
    },
  };
}
