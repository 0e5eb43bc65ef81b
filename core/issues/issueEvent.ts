import { profileOf } from '../profiles/registry.ts';
import type { Profile } from '../store/prisma/enums.ts';
import type { IssueProvider } from './provider.ts';

/** An issue as it is stored. */
export interface StoredIssue {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string;
  readonly provider: IssueProvider;
  readonly externalId: string;
  readonly key: string;
  readonly title: string;
  readonly state: string;
  readonly priority: string | null;
  readonly assignee: string | null;
  readonly url: string;
  readonly createdAt: Date;
}

export type IssueChange = 'created' | 'updated' | 'deleted';

/** The event type for a change of an issue; null where the profile's catalogue has none. */
export function issueEventType(profile: Profile, change: IssueChange): string | null {
  const name = `issue.${change}`;
  return profileOf(profile).catalogue.some((entry) => entry.name === name) ? name : null;
}

/** The event's data as JSON text, as the catalogue's schema wants it. */
export function issueEventData(issue: StoredIssue): string {
  return JSON.stringify({
    id: issue.id,
    title: issue.title,
    project_id: issue.projectId,
    external_key: issue.key,
    provider: issue.provider,
    state: issue.state,
    priority: issue.priority,
    assignee: issue.assignee,
    created_at: issue.createdAt.toISOString(),
    url: issue.url,
  });
}
