import type { Prisma } from '../store/prisma/client.ts';
import type { IssueProvider } from './provider.ts';

/** An integration as it is stored. */
interface Place {
  readonly provider: IssueProvider;
  readonly baseUrl: string;
}

/**
 * Marks a project's issues that another tracker of the provider had shown as removed: an id of that one is another issue here.
 * A report brings an issue back as the tracker shows it then, however long ago it changed there.
 */
export async function markIssuesRemoved(
  transaction: Prisma.TransactionClient,
  projectId: string,
  { provider, baseUrl }: Place,
  before: Place | null,
): Promise<void> {
  if (provider === 'SIMPLE_URL') return;
  // The pages of Jira and Azure DevOps lie below the base URL; GitHub's API does not lie where its pages do.
  const pages = provider === 'GITHUB' ? null : `${baseUrl}/`;
  const elsewhere = before?.provider === provider && before.baseUrl !== baseUrl;
  if (pages === null && !elsewhere) return;
  await transaction.$executeRaw`
    UPDATE issue SET external_changed_at = 'epoch', removed_at = coalesce(removed_at, clock_timestamp()),
           version = version + 1, changed_at = clock_timestamp()
     WHERE project_id = ${projectId}::uuid AND provider = ${provider}::issue_provider
       AND (${pages}::text IS NULL OR NOT starts_with(url, ${pages}::text)) AND external_changed_at > 'epoch'`;
}
