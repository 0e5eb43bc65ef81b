import type { Areas } from './areas.ts';
import { type AreasTaking, type Bound, bind, type Places } from './bound.ts';
import type { Deletion, DeletionConfirmation } from './deletions.ts';
import { ValidationError } from './errors.ts';
import type { CallOptions } from './http/transport.ts';
import type { Organization, OrganizationChanges } from './organizations.ts';
import type { PortalTheme, PortalThemeChanges, Project, ProjectChanges } from './projects.ts';
import type { AnyEvents } from './publishing/eventText.ts';
import type { RecoveriesWithin } from './recoveries.ts';

/**
 * Members and audit belong to an organization, which their methods take besides a project. Recoveries take the scope within a filter, and
 * have a method of their own for it.
 */
type ProjectArea = Exclude<AreasTaking<Areas, 'projectId'>, 'members' | 'audit' | 'recoveries'>;
type OrganizationArea = Exclude<AreasTaking<Areas, 'organizationId'>, 'recoveries'>;
/** A project has its organization. */
type GivenByProject = 'projectId' | 'organizationId';

type AreasOfProject<Catalogue extends object> = {
  readonly [Name in ProjectArea]: Bound<Areas<Catalogue>[Name], 'projectId', GivenByProject>;
};
type AreasOfOrganization<Catalogue extends object> = {
  readonly [Name in OrganizationArea]: Bound<Areas<Catalogue>[Name], 'organizationId', 'organizationId'>;
};

/** One project: the client's areas, without its id in every call. Made by `everhook.project`. */
export interface ProjectHandle<Catalogue extends object = AnyEvents> extends AreasOfProject<Catalogue> {
  readonly id: string;
  readonly recoveries: RecoveriesWithin<GivenByProject>;
  /** The project itself. @throws NotFoundError */
  get(options?: CallOptions): Promise<Project>;
  /** Changes the project; what is left out stays. */
  update(changes: ProjectChanges, options?: CallOptions): Promise<Project>;
  /** How the project's portal looks; null if that was never chosen. */
  portalTheme(options?: CallOptions): Promise<PortalTheme | null>;
  /** Changes how the project's portal looks: see `projects.updatePortalTheme`. */
  updatePortalTheme(changes: PortalThemeChanges, options?: CallOptions): Promise<PortalTheme | null>;
  /** Deletes the project with everything in it: see `projects.delete`. */
  delete(options?: DeletionConfirmation & CallOptions): Promise<Deletion>;
}

/** One organization: the client's areas, without its id in every call. Made by `everhook.organization`. */
export interface OrganizationHandle<Catalogue extends object = AnyEvents> extends AreasOfOrganization<Catalogue> {
  readonly id: string;
  readonly recoveries: RecoveriesWithin<'organizationId'>;
  /** The organization itself. @throws NotFoundError */
  get(options?: CallOptions): Promise<Organization>;
  /** Changes the organization; what is left out stays. */
  update(changes: OrganizationChanges, options?: CallOptions): Promise<Organization>;
  /** Deletes the organization with everything in it: see `organizations.delete`. */
  delete(options?: DeletionConfirmation & CallOptions): Promise<Deletion>;
}

/** Where the methods take the project. The compiler asks for every method that does. */
const ofProject: { readonly [Name in ProjectArea]: Places<Areas[Name], 'projectId'> } = {
  apiKeys: { create: 0, list: 0 },
  portalLinks: { create: 0, list: 0 },
  eventTypes: {
    create: 0,
    update: 2,
    upsert: 0,
    plan: 0,
    apply: 0,
    archive: 1,
    unarchive: 1,
    delete: 1,
    get: 1,
    versions: 1,
    list: 0,
  },
  webhooks: { create: 0, upsert: 0, list: 0, watchHealth: 0 },
  events: { publish: 1, publishMany: 1, list: 0 },
  deliveries: { list: 0, watch: 0, stats: 0, countOpen: 0 },
  listeners: { create: 0 },
  erasures: { start: 0, list: 0 },
  inbound: {
    integration: 0,
    setIntegration: 0,
    removeIntegration: 0,
    webhook: 0,
    createWebhook: 0,
    rotateWebhook: 0,
    deleteWebhook: 0,
    sendTest: 0,
  },
  issues: { list: 0, watch: 0 },
};

const ofOrganization: { readonly [Name in OrganizationArea]: Places<Areas[Name], 'organizationId'> } = {
  projects: { create: 0, upsert: 0, list: 0 },
  apiKeys: { create: 0, list: 0 },
  portalLinks: { list: 0 },
  members: { set: 0, remove: 0, list: 0 },
  sessions: { list: 0, endAll: 0 },
  permissions: { matrix: 0, set: 0 },
  audit: { list: 0 },
  eventTypes: {
    create: 0,
    update: 2,
    upsert: 0,
    plan: 0,
    apply: 0,
    archive: 1,
    unarchive: 1,
    delete: 1,
    get: 1,
    versions: 1,
    list: 0,
  },
  webhooks: { create: 0, upsert: 0, list: 0, watchHealth: 0 },
  events: { publish: 1, publishMany: 1, list: 0 },
  deliveries: { list: 0, watch: 0, stats: 0, countOpen: 0 },
  listeners: { create: 0 },
  erasures: { start: 0, list: 0 },
};

/** @throws ValidationError for an empty id */
export function projectHandle<Catalogue extends object>(areas: Areas<Catalogue>, id: string): ProjectHandle<Catalogue> {
  const value = checkId(id, 'project');
  const binding = { key: 'projectId', value, given: ['projectId', 'organizationId'] } as const;
  return Object.assign(boundAreas(areas, ofProject, binding), {
    id,
    recoveries: areas.recoveries.within({ projectId: id }),
    get: (options) => areas.projects.get(id, options),
    update: (changes, options) => areas.projects.update(id, changes, options),
    portalTheme: (options) => areas.projects.portalTheme(id, options),
    updatePortalTheme: (changes, options) => areas.projects.updatePortalTheme(id, changes, options),
    delete: (options) => areas.projects.delete(id, options),
  } satisfies Partial<ProjectHandle>) as unknown as ProjectHandle<Catalogue>;
}

/** @throws ValidationError for an empty id */
export function organizationHandle<Catalogue extends object>(
  areas: Areas<Catalogue>,
  id: string,
): OrganizationHandle<Catalogue> {
  const value = checkId(id, 'organization');
  const binding = { key: 'organizationId', value, given: ['organizationId'] } as const;
  return Object.assign(boundAreas(areas, ofOrganization, binding), {
    id,
    recoveries: areas.recoveries.within({ organizationId: id }),
    get: (options) => areas.organizations.get(id, options),
    update: (changes, options) => areas.organizations.update(id, changes, options),
    delete: (options) => areas.organizations.delete(id, options),
  } satisfies Partial<OrganizationHandle>) as unknown as OrganizationHandle<Catalogue>;
}

/** Each area by its places. The interfaces of the handles say what comes out. */
function boundAreas(areas: object, table: object, binding: Parameters<typeof bind>[2]): object {
  const bound = Object.entries(table).map(([name, places]) => [
    name,
    bind((areas as Areas)[name as keyof Areas], places, binding),
  ]);
  return Object.fromEntries(bound);
}

/** An id that is missing, such as that of a setting that is not set, would silently mean the key's own scope. */
function checkId(id: unknown, what: string): string {
  if (typeof id === 'string' && id !== '') return id;
  throw new ValidationError(`Give the id of the ${what} as text.`, { field: 'id' });
}
