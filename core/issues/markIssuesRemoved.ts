import type { Prisma } from '../store/prisma/client.ts';
import type { IssueProvider } from './provider.ts';
import { sentBase } from './sentBase.ts';

/** An integration's tracker. */
interface TrackerAddress {
  readonly provider: IssueProvider;
  readonly baseUrl: string;
}

/**
 * Marks the issues that a project had from another tracker of the same provider as removed: the same id is another issue here.
 * A later report brings an issue back as the tracker shows it then, however long ago it changed there.
 */
export async function markIssuesRemoved(
  transaction: Prisma.TransactionClient,
  projectId: string,
  { provider, baseUrl }: TrackerAddress,
  before: TrackerAddress | null,
): Promise<void> {
  if (provider === 'SIMPLE_URL') return;
  // The pages of Jira and Azure DevOps are below the base URL; GitHub's API has another address than its pages.
  const pages = provider === 'GITHUB' ? null : `${baseUrl}/`;
  // A base URL that was stored before it was stored as sent is still the same tracker, and issues have pages below it.
  const elsewhere = before?.provider === provider && sentBase(before.baseUrl) !== baseUrl;
  const pagesBefore = before?.provider === provider && !elsewhere ? `${before.baseUrl}/` : pages;
  if (pages === null && !elsewhere) return;
  await transaction.$executeRaw`
    UPDATE issue SET external_changed_at = 'epoch', removed_at = coalesce(removed_at, clock_timestamp()),
           version = version + 1, changed_at = clock_timestamp()
     WHERE project_id = ${projectId}::uuid AND provider = ${provider}::issue_provider
       AND (${pages}::text IS NULL OR NOT (starts_with(url, ${pages}::text) OR starts_with(url, ${pagesBefore}::text)))
       AND external_changed_at > 'epoch'`;
}
