import { isDeepStrictEqual } from 'node:util';
import {
  durationMs,
  type Everhook,
  JsonText,
  type PortalTheme,
  type UpdatePortalThemeInput,
  type UpsertEventTypeInput,
  type UpsertWebhookInput,
  type Webhook,
} from '@everhook/sdk';
import { exactText } from '../exact/json.ts';
import type { Desired, DesiredContent, DesiredProject, DesiredTheme, DesiredType, DesiredWebhook } from './desired.ts';
import type { Path } from './path.ts';
import type { Present, PresentContent } from './present.ts';
import type { KnownSecrets } from './secrets.ts';
import { storedDescription, storedName, storedSet, storedTheme, storedUrl } from './stored.ts';

type Verb = 'create' | 'update' | 'unarchive' | 'archive' | 'delete';
type Kind = 'organization' | 'project' | 'event type' | 'webhook' | 'theme';

/** A member that differs. */
export interface Difference {
  readonly member: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** One step of an apply: what is printed is what is done. */
export interface Step {
  readonly verb: Verb;
  readonly kind: Kind;
  /** `shop/books`: the project's external id, if any, and its own name. */
  readonly name: string;
  readonly differences: readonly Difference[];
  /** Whether it sends again what the product never shows. */
  readonly isUnseen?: boolean;
  /** Where the file says it; null for what the file does not have. */
  readonly path: Path | null;
  /** @returns false where it turned out that nothing had to be done */
  run(doing: Doing): Promise<unknown>;
}

/** What steps need that earlier steps made. */
export interface Doing {
  readonly everhook: Everhook;
  /** Of the organization, once there is one. */
  organizationId?: string;
  /** Ids of projects by their external ids. */
  readonly projectIds: Map<string, string>;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Sends again what the product never shows; it writes only what differs. These come after the steps. */
  readonly unseen: readonly Step[];
  /** What the product has and the file has not. `--prune` takes it away. */
  readonly unmanaged: readonly { readonly kind: Kind; readonly name: string }[];
  /** What the product never shows, so that a plan cannot say whether it differs. */
  readonly notCompared: readonly { readonly kind: Kind; readonly name: string; readonly members: readonly string[] }[];
}

/** Whose content it is: the ids that calls take. */
interface Owner {
  readonly name: string;
  readonly prefix: string;
  scope(doing: Doing): { readonly projectId?: string; readonly organizationId?: string };
}

const present = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
const given = <Members extends object>(members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(present)) as Members;

const sorted = (list: readonly string[]): string[] => [...list].sort();

/** The members of which the file says something else than the product has. @param pairs - what the product would store, and what it has */
function differencesOf(pairs: Readonly<Record<string, readonly [to: unknown, from: unknown]>>): Difference[] {
  return Object.entries(pairs)
    .filter(([, [to, from]]) => to !== undefined && !isDeepStrictEqual(to ?? null, from ?? null))
    .map(([member, [to, from]]) => ({ member, from: from ?? null, to }));
}

function typeSteps(owner: Owner, desired: DesiredType, now: PresentContent): Step[] {
  const { name, category, description, schema, example, compatibility, path } = desired;
  const before = now.eventTypes.find((type) => type.name === name);
  const members = { category, description, schema, example, compatibility };
  const step = { kind: 'event type' as const, name: owner.prefix + name, path };
  const upsert = async (doing: Doing) => {
    const sent = { ...members, example: example == null ? example : new JsonText(exactText(example)) };
    const input = { name, ...given(sent), ...owner.scope(doing) } as UpsertEventTypeInput;
    await doing.everhook.eventTypes.upsert(input);
  };
  if (before === undefined) return [{ ...step, verb: 'create', differences: [], run: upsert }];
  const steps: Step[] = [];
  if (before.archivedAt !== null) {
    const run = async (doing: Doing) => {
      await doing.everhook.eventTypes.unarchive(before.id, owner.scope(doing));
    };
    steps.push({ ...step, verb: 'unarchive', differences: [], run });
  }
  const differences = differencesOf({
    category: [category && storedName(category), before.category],
    description: [storedDescription(description), before.description],
    schema: [schema, before.schema],
    example: [example, before.example],
    compatibility: [compatibility, before.compatibility],
  });
  if (differences.length > 0) steps.push({ ...step, verb: 'update', differences, run: upsert });
  return steps;
}

/** What is no duration stays as it is: the product refuses it. */
const inMs = (text: string) => durationMs(text) ?? text;

function webhookDifferences(desired: DesiredWebhook, before: Webhook): Difference[] {
  const { name, url, description, eventTypes, headers, retrySchedule, timeout, sendTraceparent, active } = desired;
  // An address that is itself the credential is never shown whole: what cannot be compared counts as equal.
  const comparable = before.profile !== 'SLACK';
  return differencesOf({
    name: [storedName(name), before.name],
    url: [
      comparable
        ? storedUrl(url.value) === before.url
          ? before.url
          : url.hidden
            ? url.written
            : url.value
        : undefined,
      before.url,
    ],
    description: [storedDescription(description), before.description],
    eventTypes: [eventTypes && sorted(storedSet(eventTypes)), sorted(before.eventTypes)],
    // Their values are never shown.
    headers: [
      headers && sorted(headers.map((header) => header.name)),
      sorted(before.headers.map((header) => header.name)),
    ],
    retrySchedule: [retrySchedule?.map(inMs) ?? retrySchedule, before.ownRetryScheduleMs],
    timeout: [timeout == null ? timeout : inMs(timeout), before.ownTimeoutMs],
    sendTraceparent: [sendTraceparent, before.sendTraceparent],
    active: [active, before.active],
  });
}

/** The difference of a secret, of which neither side is shown. */
const secretDifference = (wanted: DesiredWebhook, before: Webhook, secrets: KnownSecrets): Difference[] =>
  wanted.secret !== undefined && secrets.get(before.id) === false
    ? [{ member: 'secret', from: 'another one', to: wanted.secret.written }]
    : [];

function webhookSteps(
  desired: Desired,
  owner: Owner,
  wanted: DesiredWebhook,
  now: PresentContent,
  secrets: KnownSecrets,
): Step[] {
  const { externalId, name, url, description, profile, eventTypes, headers, retrySchedule, timeout, sendTraceparent } =
    wanted;
  const { active, secret, path } = wanted;
  const before = now.webhooks.find((webhook) => webhook.externalId === externalId);
  if (before !== undefined && profile !== undefined && profile !== before.profile) {
    desired.file.fault(
      [...path, 'profile'],
      `A webhook keeps its profile, ${before.profile}. Give another one another externalId.`,
    );
    return [];
  }
  const upsert = async (doing: Doing, own: object) => {
    const members = { description, eventTypes, headers, retrySchedule, timeout, sendTraceparent, active, ...own };
    const input = { externalId, name, url: url.value, ...given(members), ...owner.scope(doing) } as UpsertWebhookInput;
    return (await doing.everhook.webhooks.upsert(input)).webhook;
  };
  const step = { kind: 'webhook' as const, name: owner.prefix + externalId, path };
  if (before === undefined) {
    const run = async (doing: Doing) => {
      await upsert(doing, { profile, secret: secret?.value });
    };
    return [{ ...step, verb: 'create', differences: [], run }];
  }
  const secretDiffers = secretDifference(wanted, before, secrets);
  const others = webhookDifferences(wanted, before);
  const differences = [...others, ...secretDiffers];
  if (differences.length === 0) {
    const hidden = hiddenMembers(wanted, before, secrets).filter((member) => member !== 'secret');
    if (hidden.length === 0) return [];
    const run = async (doing: Doing) => (await upsert(doing, {})).updatedAt !== before.updatedAt;
    return [{ ...step, verb: 'update', isUnseen: true, differences: [], run }];
  }
  const run = async (doing: Doing) => {
    // With its switch: what goes off is not changed while it is on.
    if (others.length > 0) await upsert(doing, {});
    if (secret !== undefined && secretDiffers.length > 0) {
      await doing.everhook.webhooks.rotateSecret(before.id, { secret: secret.value });
    }
  };
  return [{ ...step, verb: 'update', differences, run }];
}

function presentTheme(theme: PortalTheme | null): Readonly<Record<string, unknown>> {
  if (theme === null) return {};
  const { light, dark, radius, fonts, title, language, hidden, backUrl, backLabel } = theme;
  const back = backUrl === null ? null : { label: backLabel, url: backUrl };
  return { light, dark, radius, fonts, title, language, hidden, back };
}

function themeSteps(owner: Owner, { members, path }: DesiredTheme, now: PresentContent): Step[] {
  const before = presentTheme(now.theme);
  const pairs = Object.entries(storedTheme(members)).map(([member, to]) => [member, [to, before[member]]] as const);
  const differences = differencesOf(Object.fromEntries(pairs));
  if (differences.length === 0) return [];
  const run = async (doing: Doing) => {
    const { projectId } = owner.scope(doing);
    const changes = Object.fromEntries(differences.map(({ member, to }) => [member, to]));
    await doing.everhook.projects.updatePortalTheme(
      projectId ?? '',
      changes as Omit<UpdatePortalThemeInput, 'projectId'>,
    );
  };
  return [
    {
      verb: now.theme === null ? 'create' : 'update',
      kind: 'theme',
      name: owner.name,
      differences,
      path,
      run,
    },
  ];
}

/** The organization itself, where the file has it. Only the operator's key may make one. */
function organizationSteps({ ownOrganization }: Desired, { target }: Present): Step[] {
  if (ownOrganization === null || target.kind === 'project') return [];
  const { externalId, name, path } = ownOrganization;
  const before = target.organization;
  const differences = before ? differencesOf({ name: [storedName(name), before.name] }) : [];
  if (before && differences.length === 0) return [];
  const run = async (doing: Doing) => {
    const { organizations } = doing.everhook;
    const { id } = await (before
      ? organizations.update(before.id, { name })
      : organizations.upsert({ externalId, name }));
    doing.organizationId = id;
  };
  return [{ verb: before ? 'update' : 'create', kind: 'organization', name: externalId, differences, path, run }];
}

function projectSteps(owner: Owner, desired: DesiredProject, now: Present): Step[] {
  const { externalId, name, profile, path } = desired;
  const before = now.projects.find(({ project }) => project.externalId === externalId)?.project;
  const differences = before
    ? differencesOf({ name: [storedName(name), before.name], profile: [profile, before.profile] })
    : [];
  if (before && differences.length === 0) return [];
  const run = async (doing: Doing) => {
    const { everhook, projectIds } = doing;
    const organizationId = owner.scope(doing).organizationId ?? '';
    const { id } = await everhook.projects.upsert({ organizationId, externalId, name, ...given({ profile }) });
    projectIds.set(externalId, id);
  };
  return [{ verb: before ? 'update' : 'create', kind: 'project', name: externalId, differences, path, run }];
}

/** What the file no longer has, in an order in which nothing is still needed: webhooks, then types. */
function pruneSteps(owner: Owner, desired: DesiredContent, now: PresentContent): Step[] {
  const webhooks = now.webhooks.filter(
    ({ externalId }) => externalId !== null && !desired.webhooks.some((webhook) => webhook.externalId === externalId),
  );
  const types = now.eventTypes.filter(
    ({ name, archivedAt }) => archivedAt === null && !desired.eventTypes.some((type) => type.name === name),
  );
  const step = { differences: [], path: null };
  return [
    ...webhooks.map(({ id, externalId }): Step => {
      const run = ({ everhook }: Doing) => everhook.webhooks.delete(id);
      return { ...step, verb: 'delete', kind: 'webhook', name: `${owner.prefix}${externalId}`, run };
    }),
    ...types.map(({ id, name }): Step => {
      // Events of it stay readable, and the file can bring it back.
      const run = async (doing: Doing) => {
        await doing.everhook.eventTypes.archive(id, owner.scope(doing));
      };
      return { ...step, verb: 'archive', kind: 'event type', name: owner.prefix + name, run };
    }),
  ];
}

function pruneProjects(desired: Desired, now: Present): Step[] {
  return now.projects
    .filter(
      ({ project: { externalId } }) =>
        externalId !== null && !desired.projects.some((project) => project.externalId === externalId),
    )
    .map(({ project: { id, externalId, name } }): Step => {
      const run = async ({ everhook }: Doing) => {
        await everhook.projects.delete(id, { name });
      };
      return { verb: 'delete', kind: 'project', name: externalId ?? '', differences: [], path: null, run };
    });
}

const empty: PresentContent = { eventTypes: [], webhooks: [], theme: null };

/**
 * What has to be done so that the product has what the file says: projects, then types, then the webhooks that name them, then themes, and
 * at last what is taken away.
 *
 * @throws CliError for what the product never does, by file, line and path
 */
export function planOf(desired: Desired, now: Present, secrets: KnownSecrets, prune: boolean): Plan {
  const { target } = now;
  if (target.kind === 'project' && desired.projects.length > 0) {
    desired.file.fault(['projects'], 'This file belongs to one project, which has no projects: name an organization.');
  }
  if (target.kind === 'organization' && desired.theme !== null) {
    desired.file.fault(['theme'], 'A theme belongs to a project: put it there.');
  }
  const whole: Owner = {
    name: target.kind === 'project' ? (target.project.externalId ?? target.project.name) : '',
    prefix: '',
    scope: (doing) =>
      target.kind === 'project'
        ? { projectId: target.project.id }
        : { organizationId: target.organization?.id ?? doing.organizationId ?? '' },
  };
  const owners: [Owner, DesiredContent, PresentContent][] = [[whole, desired, now]];
  for (const project of desired.projects) {
    const before = now.projects.find((each) => each.project.externalId === project.externalId);
    const { externalId } = project;
    const projectId = (doing: Doing) => before?.project.id ?? doing.projectIds.get(externalId) ?? externalId;
    owners.push([
      { name: externalId, prefix: `${externalId}/`, scope: (doing) => ({ projectId: projectId(doing) }) },
      project,
      before ?? empty,
    ]);
  }
  const all = [
    ...organizationSteps(desired, now),
    ...desired.projects.flatMap((project) => projectSteps(whole, project, now)),
    ...owners.flatMap(([owner, wanted, had]) => wanted.eventTypes.flatMap((type) => typeSteps(owner, type, had))),
    ...owners.flatMap(([owner, wanted, had]) =>
      wanted.webhooks.flatMap((webhook) => webhookSteps(desired, owner, webhook, had, secrets)),
    ),
    ...owners.flatMap(([owner, { theme }, had]) => (theme === null ? [] : themeSteps(owner, theme, had))),
  ];
  desired.file.throwFaults();
  const extra = [
    ...owners.flatMap(([owner, wanted, had]) => pruneSteps(owner, wanted, had)),
    ...(target.kind === 'organization' ? pruneProjects(desired, now) : []),
  ];
  const notCompared = owners.flatMap(([owner, wanted, had]) =>
    wanted.webhooks.flatMap(notComparedOf(owner, had, secrets)),
  );
  const unseen = all.filter(({ isUnseen }) => isUnseen === true);
  const steps = all.filter(({ isUnseen }) => isUnseen !== true);
  return prune
    ? { steps: [...steps, ...extra], unseen, unmanaged: [], notCompared }
    : { steps, unseen, unmanaged: extra.map(({ kind, name }) => ({ kind, name })), notCompared };
}

/** What a file says of a webhook and the product never shows. */
const hiddenMembers = (
  { secret, headers, url }: DesiredWebhook,
  { id, profile }: Webhook,
  secrets: KnownSecrets,
): string[] => [
  // Only who may rotate a secret is told whether it is this one.
  ...(secret === undefined || (secrets.get(id) ?? null) !== null ? [] : ['secret']),
  ...(profile === 'SLACK' && url.hidden ? ['url'] : []),
  ...(headers ?? []).map(({ name }) => `headers.${name}`),
];

/** What cannot be compared of the webhooks that are there. */
const notComparedOf =
  ({ prefix }: Owner, { webhooks }: PresentContent, secrets: KnownSecrets) =>
  (wanted: DesiredWebhook): Plan['notCompared'] => {
    const before = webhooks.find(({ externalId }) => externalId === wanted.externalId);
    const members = before ? hiddenMembers(wanted, before, secrets) : [];
    return members.length === 0 ? [] : [{ kind: 'webhook', name: prefix + wanted.externalId, members }];
  };
