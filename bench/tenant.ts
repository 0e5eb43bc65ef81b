import type { Installation } from './installation.ts';

/** An organization with one project and one key. */
export interface Tenant {
  readonly url: string;
  readonly organizationId: string;
  readonly projectId: string;
  readonly key: string;
  readonly eventType: string;
}

const eventType = 'tenant.event';

/** @param receiverUrl - for its one webhook; without it, it has no webhook */
export async function createTenant(installation: Installation, name: string, receiverUrl?: string): Promise<Tenant> {
  const { create, parts } = installation;
  const { organization } = await create<{ organization: { id: string } }>(
    'mutation C($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { name },
  );
  const organizationId = organization.id;
  const { project } = await create<{ project: { id: string } }>(
    'mutation C($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { organizationId, name, profile: 'STANDARD' },
  );
  const projectId = project.id;
  const { key } = await create<{ key: string }>(
    'mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { organizationId, name, role: 'ADMIN' },
  );
  if (receiverUrl !== undefined) {
    await create(
      'mutation C($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      {
        projectId,
        name: eventType,
        schema: { type: 'object', required: ['publishedAt'], properties: { publishedAt: { type: 'number' } } },
      },
    );
    await create('mutation C($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      organizationId,
      projectId,
      name,
      url: receiverUrl,
      eventTypes: [eventType],
    });
  }
  return { url: parts.url, organizationId, projectId, key, eventType };
}
