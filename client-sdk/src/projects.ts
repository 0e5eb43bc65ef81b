import type { Deletion, DeletionConfirmation } from './deletions.ts';
import { NotFoundError } from './errors.ts';
import {
  CreateProjectDocument,
  type CreateProjectInput,
  DeleteProjectDocument,
  PortalThemeDocument,
  type PortalThemeFieldsFragment,
  ProjectDocument,
  type ProjectFieldsFragment,
  ProjectsDocument,
  UpdatePortalThemeDocument,
  type UpdatePortalThemeInput,
  UpdateProjectDocument,
  type UpdateProjectInput,
  UpsertProjectDocument,
  type UpsertProjectInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

export type Project = WithTimes<ProjectFieldsFragment>;

/** What is left out stays as it is. */
export type ProjectChanges = Omit<UpdateProjectInput, 'id'>;

/** `created`: whether there was none with the external id before. */
export type UpsertedProject = Project & { readonly created: boolean };

/** How a project's portal looks. */
export type PortalTheme = WithTimes<PortalThemeFieldsFragment>;

/** What is left out stays as it is; null takes it away. */
export type PortalThemeChanges = Omit<UpdatePortalThemeInput, 'projectId'>;

export interface ProjectFilter extends CallOptions {
  readonly organizationId?: string | undefined;
}

/** Projects: the parts of an organization that have webhooks, event types and events. */
export class Projects {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a project. Its profile (STANDARD by default) is the default of its webhooks. */
  async create(input: CreateProjectInput, options?: CallOptions): Promise<Project> {
    const { createProject } = await this.#transport.mutate(CreateProjectDocument, { input }, options);
    return createProject.project;
  }

  /** Creates a project, or changes the one with this external id in the organization. Repeating it does no harm. */
  async upsert(input: UpsertProjectInput, options: CallOptions = {}): Promise<UpsertedProject> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(UpsertProjectDocument, { input }, { ...options, repeatable });
    const { project, created } = data.upsertProject;
    return { ...project, created };
  }

  /** Changes a project; what is left out stays. */
  async update(id: string, changes: ProjectChanges, options?: CallOptions): Promise<Project> {
    const input = { ...changes, id };
    return (await this.#transport.mutate(UpdateProjectDocument, { input }, options)).updateProject.project;
  }

  /**
   * Deletes a project with everything in it. Owners of its organization and the operator may. A second call gets the same
   * deletion; follow it by `deletions.watch`.
   *
   * @param confirmation - `name`, if given, must be its present name
   */
  async delete(id: string, { name, ...options }: DeletionConfirmation & CallOptions = {}): Promise<Deletion> {
    const input = { id, name };
    const repeatable = 'always';
    const data = await this.#transport.mutate(DeleteProjectDocument, { input }, { ...options, repeatable });
    return data.deleteProject.deletion;
  }

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Project> {
    const { project } = await this.#transport.query(ProjectDocument, { id }, options);
    if (!project) throw new NotFoundError('There is no such project.', { field: 'id' });
    return project;
  }

  /** How the project's portal looks; null if that was never chosen. @throws NotFoundError */
  async portalTheme(id: string, options?: CallOptions): Promise<PortalTheme | null> {
    const { project } = await this.#transport.query(PortalThemeDocument, { id }, options);
    if (!project) throw new NotFoundError('There is no such project.', { field: 'id' });
    return project.portalTheme;
  }

  /**
   * Changes how the project's portal looks; what is left out stays, null takes it away.
   *
   * @throws ValidationError for a value that is none, or colours without the contrast that text needs; its `field` names the value
   */
  async updatePortalTheme(
    projectId: string,
    changes: PortalThemeChanges,
    options?: CallOptions,
  ): Promise<PortalTheme | null> {
    const input = { ...changes, projectId };
    return (await this.#transport.mutate(UpdatePortalThemeDocument, { input }, options)).updatePortalTheme.portalTheme;
  }

  /** Projects, newest first. */
  list({ signal, ...filter }: ProjectFilter = {}): Listing<Project> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(ProjectsDocument, { ...filter, ...page }, { signal: ending })).projects,
      signal,
    );
  }
}
