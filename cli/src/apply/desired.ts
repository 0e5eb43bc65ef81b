import type { EventTypeCompatibility, Profile } from '@everhook/sdk';
import { type Exact, refusedBecause } from '../exact/json.ts';
import { exactTwin } from '../exact/yaml.ts';
import { type ConfigurationFile, readConfiguration } from './file.ts';
import type { Path } from './path.ts';
import { Reader } from './reader.ts';
import { type Resolved, resolveSecret, resolveText } from './references.ts';

interface Placed {
  /** Where the file says it. */
  readonly path: Path;
}

export interface DesiredType extends Placed {
  readonly name: string;
  readonly category: string | null | undefined;
  readonly description: string | null | undefined;
  readonly schema: unknown;
  /** Null clears it. */
  readonly example: Exact | undefined;
  readonly compatibility: EventTypeCompatibility | undefined;
}

export interface DesiredWebhook extends Placed {
  readonly externalId: string;
  readonly name: string;
  readonly url: Resolved;
  readonly description: string | null | undefined;
  readonly profile: Profile | undefined;
  readonly eventTypes: readonly string[] | undefined;
  readonly headers: readonly { readonly name: string; readonly value: string }[] | undefined;
  /** Null restores the profile's, as of the timeout. */
  readonly retrySchedule: readonly string[] | null | undefined;
  readonly timeout: string | null | undefined;
  readonly sendTraceparent: boolean | undefined;
  readonly active: boolean | undefined;
  readonly secret: Resolved | undefined;
}

export interface DesiredTheme extends Placed {
  readonly members: Readonly<Record<string, unknown>>;
}

/** What a project, or an organization itself, shall have. */
export interface DesiredContent {
  readonly eventTypes: readonly DesiredType[];
  readonly webhooks: readonly DesiredWebhook[];
  readonly theme: DesiredTheme | null;
}

export interface DesiredProject extends Placed, DesiredContent {
  readonly externalId: string;
  readonly name: string;
  readonly profile: Profile | undefined;
}

export interface DesiredOrganization extends Placed {
  readonly externalId: string;
  readonly name: string;
}

export interface Desired extends DesiredContent {
  readonly file: ConfigurationFile;
  /** An id or an external id. */
  readonly organization: string | undefined;
  /** Where the file has the organization itself, not only whose it is. */
  readonly ownOrganization: DesiredOrganization | null;
  readonly project: string | undefined;
  readonly projects: readonly DesiredProject[];
}

const contentMembers = ['eventTypes', 'webhooks', 'theme'];

/** The members of a theme that a file can say. Images are set in the dashboard or by the SDK. */
export const themeMembers = ['title', 'language', 'radius', 'fonts', 'hidden', 'light', 'dark', 'back'] as const;

/** An example arrives as it is written, but for numbers that the product takes nowhere; a schema needs only the values of its numbers. */
function refuseNumbers({ file }: Reader, path: Path): void {
  for (const { path: at, written, sent } of file.changedNumbers([...path, 'example'])) {
    const why = refusedBecause(written) ?? refusedBecause(sent);
    if (why !== null) file.fault(at, `${written} ${why}. Write it as text: "${written}".`);
  }
  for (const { path: at, written, sent } of file.changedNumbers([...path, 'schema'])) {
    if (!isSameNumber(written, sent)) {
      file.fault(at, `${written} would become ${sent}, because it has more digits than a number can keep here.`);
    }
  }
}

const digitsOf = (text: string): string =>
  text
    .replace(/e.*$/i, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+|0+$/g, '');

/** Whether two texts of numbers have the same digits, whatever their notation. */
const isSameNumber = (written: string, sent: string): boolean =>
  !/^[-+]?[0-9.]+(e[-+]?[0-9]+)?$/i.test(written) || digitsOf(written) === digitsOf(sent);

const typeMembers = ['name', 'category', 'description', 'schema', 'example', 'compatibility'];

function readType(reader: Reader, path: Path, value: unknown): DesiredType {
  const members = reader.members(path, value, typeMembers);
  if (members.schema === undefined || members.schema === null)
    reader.file.fault([...path, 'schema'], 'A type needs a JSON Schema; {} takes everything.');
  refuseNumbers(reader, path);
  return {
    path,
    name: reader.required([...path, 'name'], members.name),
    category: reader.clearable([...path, 'category'], members.category),
    description: reader.clearable([...path, 'description'], members.description),
    schema: members.schema,
    example: (exactTwin(members) as typeof members).example,
    compatibility: reader.text([...path, 'compatibility'], members.compatibility) as EventTypeCompatibility | undefined,
  };
}

const webhookMembers = [
  'externalId',
  'name',
  'url',
  'description',
  'profile',
  'eventTypes',
  'headers',
  'retrySchedule',
  'timeout',
  'sendTraceparent',
  'active',
  'secret',
];

function readWebhook(reader: Reader, path: Path, value: unknown): DesiredWebhook {
  const { file } = reader;
  const members = reader.members(path, value, webhookMembers);
  const texts = (name: string) =>
    members[name] === undefined
      ? undefined
      : reader.list([...path, name], members[name], (at, item) => reader.required(at, item));
  const headers =
    members.headers === undefined
      ? undefined
      : reader.list([...path, 'headers'], members.headers, (at, item) => {
          const header = reader.members(at, item, ['name', 'value']);
          const written = reader.required([...at, 'value'], header.value);
          return {
            name: reader.required([...at, 'name'], header.name),
            value: written === '' ? '' : resolveSecret(file, [...at, 'value'], written).value,
          };
        });
  const secret = reader.text([...path, 'secret'], members.secret);
  return {
    path,
    externalId: reader.required([...path, 'externalId'], members.externalId),
    name: reader.required([...path, 'name'], members.name),
    url: resolveText(file, [...path, 'url'], reader.required([...path, 'url'], members.url)),
    description: reader.clearable([...path, 'description'], members.description),
    profile: reader.text([...path, 'profile'], members.profile) as Profile | undefined,
    eventTypes: texts('eventTypes'),
    headers,
    retrySchedule: members.retrySchedule === null ? null : texts('retrySchedule'),
    timeout: reader.clearable([...path, 'timeout'], members.timeout),
    sendTraceparent: reader.flag([...path, 'sendTraceparent'], members.sendTraceparent),
    active: reader.flag([...path, 'active'], members.active),
    secret: secret === undefined ? undefined : resolveSecret(file, [...path, 'secret'], secret),
  };
}

function readContent(reader: Reader, path: Path, members: Readonly<Record<string, unknown>>): DesiredContent {
  const eventTypes = reader.list([...path, 'eventTypes'], members.eventTypes, (at, item) => readType(reader, at, item));
  const webhooks = reader.list([...path, 'webhooks'], members.webhooks, (at, item) => readWebhook(reader, at, item));
  reader.unique(eventTypes, ({ name }) => name);
  reader.unique(webhooks, ({ externalId }) => externalId);
  const at = [...path, 'theme'];
  const theme =
    members.theme === undefined ? null : { path: at, members: reader.members(at, members.theme, themeMembers) };
  return { eventTypes, webhooks, theme };
}

function readProject(reader: Reader, path: Path, value: unknown): DesiredProject {
  const members = reader.members(path, value, ['externalId', 'name', 'profile', ...contentMembers]);
  return {
    path,
    externalId: reader.required([...path, 'externalId'], members.externalId),
    name: reader.required([...path, 'name'], members.name),
    profile: reader.text([...path, 'profile'], members.profile) as Profile | undefined,
    ...readContent(reader, path, members),
  };
}

/** Whose the file is: an id or an external id, or the organization itself, which is made where it is missing. */
function readOrganization(reader: Reader, value: unknown): string | DesiredOrganization | undefined {
  const path = ['organization'];
  if (typeof value !== 'object' || value === null) return reader.text(path, value);
  const members = reader.members(path, value, ['externalId', 'name']);
  return {
    path,
    externalId: reader.required([...path, 'externalId'], members.externalId),
    name: reader.required([...path, 'name'], members.name),
  };
}

/** @throws CliError that names every fault by file, line and path */
export async function readDesired(name: string): Promise<Desired> {
  const file = await readConfiguration(name);
  const reader = new Reader(file);
  const members = reader.members([], file.content ?? {}, ['organization', 'project', 'projects', ...contentMembers]);
  const projects = reader.list(['projects'], members.projects, (at, item) => readProject(reader, at, item));
  reader.unique(projects, ({ externalId }) => externalId);
  const organization = readOrganization(reader, members.organization);
  const ownOrganization = typeof organization === 'object' ? organization : null;
  const desired = {
    file,
    organization: typeof organization === 'object' ? organization.externalId : organization,
    ownOrganization,
    project: reader.text(['project'], members.project),
    projects,
    ...readContent(reader, [], members),
  };
  if (desired.organization !== undefined && desired.project !== undefined) {
    file.fault(['project'], 'Name an organization or a project, not both.');
  }
  file.throwFaults();
  return desired;
}
