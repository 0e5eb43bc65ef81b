/** Projects whose organization is cached, and for how long: others may delete a project meanwhile. Milliseconds. */
const maxProjects = 50_000;
const cachedMs = 4_000;

/** The organizations of projects, cached for all services of a process: every call that names a project asks. */
export class ProjectOwners {
  readonly #known = new Map<string, { readonly organizationId: string; readonly until: number }>();

  get(projectId: string): string | undefined {
    const known = this.#known.get(projectId);
    return known !== undefined && known.until > performance.now() ? known.organizationId : undefined;
  }

  set(projectId: string, organizationId: string): void {
    if (this.#known.size >= maxProjects) this.#known.clear();
    this.#known.set(projectId, { organizationId, until: performance.now() + cachedMs });
  }

  /** A project was deleted. */
  clear(): void {
    this.#known.clear();
  }
}
