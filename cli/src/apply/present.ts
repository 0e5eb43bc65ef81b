import {
  type EventType,
  type Everhook,
  ForbiddenError,
  NotFoundError,
  type Organization,
  type PortalTheme,
  type Project,
  type Webhook,
} from '@everhook/sdk';
import { usageError } from '../exit/codes.ts';
import { withExactExamples } from '../publishing/exactExamples.ts';
import type { Connection, Scope } from '../settings/connection.ts';

/** Where a file's own types and webhooks belong. */
export type Target =
  | { readonly kind: 'project'; readonly project: Project }
  | {
      readonly kind: 'organization';
      /** Null: there is none yet, and the file makes it. */
      readonly organization: Organization | null;
    };

/** What a file names. */
export interface Named {
  readonly project?: string | undefined;
  readonly organization?: string | undefined;
  /** Where the file has what it takes to make the organization. */
  readonly ownOrganization?: object | null;
}

export interface PresentContent {
  /** Their examples with numbers that keep their text. */
  readonly eventTypes: readonly EventType[];
  readonly webhooks: readonly Webhook[];
  readonly theme: PortalTheme | null;
}

export interface PresentProject extends PresentContent {
  readonly project: Project;
}

export interface Present extends PresentContent {
  readonly target: Target;
  readonly projects: readonly PresentProject[];
}

/** What the file, the options or the key name; in this order. */
async function targetOf(
  everhook: Everhook,
  { project, organization, ownOrganization }: Named,
  scope: Scope,
): Promise<Target> {
  const ofProject = async (id: string): Promise<Target> => ({
    kind: 'project',
    project: await everhook.projects.get(id),
  });
  const ofOrganization = async (id: string): Promise<Target> => ({
    kind: 'organization',
    organization: await everhook.organizations.get(id),
  });
  if (project !== undefined) return ofProject(project);
  if (organization !== undefined) {
    return ofOrganization(organization).catch((error) => {
      if (ownOrganization && error instanceof NotFoundError) return { kind: 'organization', organization: null };
      throw error;
    });
  }
  if (scope.organizationId !== undefined) return ofOrganization(scope.organizationId);
  if (scope.projectId !== undefined) return ofProject(scope.projectId);
  const viewer = await everhook.viewer();
  if (viewer.project) return ofProject(viewer.project.id);
  if (viewer.organization) return ofOrganization(viewer.organization.id);
  throw usageError('Say where this belongs: `organization:` or `project:` in the file, --organization or --project.');
}

/** Types of an organization hold for its projects, too. */
async function organizationTypes(everhook: Everhook, organizationId: string): Promise<readonly EventType[]> {
  try {
    return await everhook.eventTypes.list({ organizationId, archived: null });
  } catch (error) {
    // A key of the project alone may not ask for these.
    if (error instanceof ForbiddenError || error instanceof NotFoundError) return [];
    throw error;
  }
}

/** A list of a project's types has those of its profile and of its organization, too. */
function ownTypes(types: readonly EventType[], foreign: readonly EventType[]): EventType[] {
  const ids = new Set(foreign.map(({ id }) => id));
  // Those of a profile have no version.
  return types.filter(({ id, version }) => version !== null && !ids.has(id));
}

async function ofProject({ everhook, ...place }: Connection, project: Project): Promise<PresentProject> {
  const projectId = project.id;
  const [types, foreign, webhooks, theme] = await Promise.all([
    everhook.eventTypes.list({ projectId, archived: null }),
    organizationTypes(everhook, project.organization.id),
    everhook.webhooks.list({ projectId }).toArray(),
    everhook.projects.portalTheme(projectId),
  ]);
  return {
    project,
    eventTypes: await withExactExamples(place, { projectId }, ownTypes(types, foreign)),
    webhooks: webhooks.filter((webhook) => webhook.project?.id === projectId),
    theme,
  };
}

/** @param onlyProjects - external ids of the projects that matter; absent: all */
export async function readPresent(
  connection: Connection,
  named: Named,
  onlyProjects?: ReadonlySet<string>,
): Promise<Present> {
  const { everhook, scope, ...place } = connection;
  const target = await targetOf(everhook, named, scope);
  if (target.kind === 'project') {
    const { project: _project, ...content } = await ofProject(connection, target.project);
    return { target, ...content, projects: [] };
  }
  if (target.organization === null) return { target, eventTypes: [], webhooks: [], theme: null, projects: [] };
  const organizationId = target.organization.id;
  const [eventTypes, webhooks, projects] = await Promise.all([
    everhook.eventTypes.list({ organizationId, archived: null }),
    everhook.webhooks.list({ organizationId }).toArray(),
    everhook.projects.list({ organizationId }).toArray(),
  ]);
  const wanted: PresentProject[] = [];
  // One after the other: an organization may have many.
  for (const project of projects) {
    if (onlyProjects === undefined || onlyProjects.has(project.externalId ?? '')) {
      wanted.push(await ofProject(connection, project));
    } else wanted.push({ project, eventTypes: [], webhooks: [], theme: null });
  }
  return {
    target,
    eventTypes: await withExactExamples({ ...place, scope }, { organizationId }, ownTypes(eventTypes, [])),
    webhooks: webhooks.filter(({ project }) => project === null),
    theme: null,
    projects: wanted,
  };
}
