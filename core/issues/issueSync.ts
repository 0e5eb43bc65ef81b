import type { KeyRing } from '../secrets/keyRing.ts';
import type { Egress } from '../sender/egress.ts';
import type { UrlExemptions } from '../sender/url.ts';
import { IssueWaker, type SignalIssue } from './issueWaker.ts';
import { OpenIntegrations } from './openIntegration.ts';
import type { SyncParts } from './syncIssue.ts';
import { createTrackerConnections } from './trackers/connections.ts';

/** The parts with which a worker process keeps issues in sync. */
export interface IssueSync extends SyncParts {
  readonly issueWaker: IssueWaker;
  close(): Promise<void>;
}

export function createIssueSync(
  parts: Omit<SyncParts, 'integrations'> & {
    readonly keys: KeyRing;
    readonly signal: SignalIssue;
    readonly urlExemptions: UrlExemptions;
    readonly egress?: Egress | null;
  },
): IssueSync {
  const { pool, keys, log } = parts;
  const connections = createTrackerConnections({ ...parts.urlExemptions, egress: parts.egress ?? null });
  const issueWaker = new IssueWaker(parts.signal, log);
  return {
    ...parts,
    integrations: new OpenIntegrations(pool, keys, connections),
    issueWaker,
    async close() {
      await issueWaker.close();
      await connections.close();
    },
  };
}
