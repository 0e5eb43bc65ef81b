import type { EventType, Organization, Webhook } from '@everhook/sdk';
import { themeMembers } from '../apply/desired.ts';
import type { Present, PresentContent } from '../apply/present.ts';
import { urlMember, type Variables, variablesOf } from './variables.ts';

/** What is null or empty is the default, and left out. */
const short = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );

const typeOf = ({ name, category, description, schema, example, compatibility }: EventType) => ({
  ...short({ name, category, description }),
  schema,
  // Whatever is in it, also an empty list.
  ...(example !== null && { example }),
  ...(compatibility !== 'NONE' && { compatibility }),
});

function webhookOf(webhook: Webhook, variables: Variables): Record<string, unknown> {
  const { id, externalId, name, url, description, profile, eventTypes, headers, active, sendTraceparent } = webhook;
  return {
    ...short({
      externalId,
      name,
      url: profile === 'SLACK' ? variables(id, urlMember) : url,
      description,
      profile,
      eventTypes,
      headers: headers.map((header) => ({ name: header.name, value: variables(id, header.name) })),
    }),
    // Only its own: elsewhere, the profile's hold again. An empty schedule is one without retries.
    ...(webhook.ownRetrySchedule && { retrySchedule: webhook.ownRetrySchedule }),
    ...(webhook.ownTimeout && { timeout: webhook.ownTimeout }),
    ...(!active && { active }),
    ...(!sendTraceparent && { sendTraceparent }),
  };
}

function contentOf({ eventTypes, webhooks, theme }: PresentContent, variables: Variables): Record<string, unknown> {
  const known = webhooks.filter(({ externalId }) => externalId !== null);
  const back = theme?.backUrl ? { label: theme.backLabel, url: theme.backUrl } : null;
  const members = theme === null ? null : short({ ...theme, back });
  const shown =
    members && Object.fromEntries(themeMembers.filter((name) => name in members).map((name) => [name, members[name]]));
  return short({
    eventTypes: eventTypes.filter(({ archivedAt }) => archivedAt === null).map(typeOf),
    webhooks: known.map((webhook) => webhookOf(webhook, variables)),
    theme: shown && Object.keys(shown).length > 0 ? shown : null,
  });
}

/** With an external id, the file also makes it elsewhere. */
const organizationOf = (organization: Organization | null) => {
  const { id, externalId, name } = organization ?? {};
  return externalId == null ? id : { externalId, name };
};

/** The product's present state as a file for `apply`, without secrets, and what it cannot have. */
export function configurationOf(present: Present): { readonly content: object; readonly leftOut: readonly string[] } {
  const { target, projects } = present;
  const variables = variablesOf(present);
  const known = projects.filter(({ project }) => project.externalId !== null);
  const leftOut = [
    ...projects.filter(({ project }) => project.externalId === null).map(({ project }) => `project ${project.name}`),
    ...[present, ...known]
      .flatMap(({ webhooks }) => webhooks.filter(({ externalId }) => externalId === null))
      .map(({ name }) => `webhook ${name}`),
    ...[present, ...known]
      .flatMap(({ webhooks }) => webhooks.filter((each) => each.externalId !== null && !each.headersReadable))
      .map(({ name }) => `headers of webhook ${name}, which cannot be decrypted`),
  ];
  const content = {
    ...(target.kind === 'project'
      ? { project: target.project.externalId ?? target.project.id }
      : { organization: organizationOf(target.organization) }),
    ...contentOf(present, variables),
    ...(known.length > 0 && {
      projects: known.map(({ project, ...content }) => ({
        externalId: project.externalId,
        name: project.name,
        profile: project.profile,
        ...contentOf(content, variables),
      })),
    }),
  };
  return { content, leftOut };
}
