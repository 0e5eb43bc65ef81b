/** The address of a page of an organization, or of one of its projects. */
export const scopePath = (organizationId: string, page: string, projectId?: string | null): string =>
  `/o/${organizationId}/${page}${projectId ? `${page.includes('?') ? '&' : '?'}project=${projectId}` : ''}`;
