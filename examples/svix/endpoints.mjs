// Svix's endpoints as Everhook's webhooks.
import { NotFoundError } from '@everhook/sdk';
import { SvixError } from './api.mjs';
import { isAboutOne } from './eventTypes.mjs';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An external id of something of Svix's: the uid that you gave it, or else Svix's own id. */
export function externalIdOf({ id, uid }) {
  const fits = uid && uid.length <= 128 && uid !== '.' && uid !== '..' && !uuid.test(uid);
  return fits ? uid : id;
}

/** A name that Everhook takes: 1 to 200 characters in one line. */
export const nameOf = (text, otherwise) => [...(text?.split('\n', 1)[0].trim() || otherwise)].slice(0, 200).join('');

/** Names of newer and older answers of Svix. */
const typesOf = ({ filterTypes, eventTypes }) => filterTypes ?? eventTypes ?? [];
const rateOf = ({ throttleRate, rateLimit }) => throttleRate ?? rateLimit ?? null;

const hostOf = (url) => (URL.canParse(url) && new URL(url).host) || 'webhook';

/** Why an endpoint cannot become a webhook, as far as Svix's own words tell; null: it can. */
function obstacle(endpoint, { taken, archived }) {
  if (endpoint.channels?.length) {
    return `it listens to channels (${endpoint.channels.join(', ')}). Webhooks have none, and it would get what is not meant for it: make a project for each channel`;
  }
  const unknown = typesOf(endpoint).filter((type) => !taken.has(type) && !archived.has(type));
  if (unknown.length > 0) return `it subscribes to event types that were not taken over: ${unknown.join(', ')}`;
  if (typesOf(endpoint).length > 0 && typesOf(endpoint).every((type) => archived.has(type))) {
    return 'all event types that it subscribes to are archived';
  }
  return null;
}

/** A secret in the form of Standard Webhooks; null for one of another kind. */
const secretOf = (key) => (/^(whsec_)?[A-Za-z0-9+/=]+$/.test(key) ? `whsec_${key.replace(/^whsec_/, '')}` : null);

/** A header without a value keeps the one that was set by hand, where Svix does not show it. */
function headersOf({ headers, sensitive }, webhook) {
  const given = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const is = (name) => (header) => header.name.toLowerCase() === name.toLowerCase();
  const kept = sensitive.flatMap((name) => webhook?.headers.find(is(name)) ?? []).map(({ name }) => ({ name }));
  return { headers: [...given, ...kept], missing: sensitive.filter((name) => !kept.some(is(name))) };
}

async function find(everhook, path) {
  try {
    return path === null ? null : await everhook.webhooks.get(path);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** Gives a webhook the secret that Svix signs with now, if it has another. @returns whether it had */
async function takeSecret(everhook, webhook, secret) {
  const [active] = await everhook.webhooks.revealSecrets(webhook.id);
  if (active.secret === secret) return false;
  await everhook.webhooks.rotateSecret(webhook.id, { secret });
  return true;
}

/** Says what of an endpoint does not come along. */
function tell(endpoint, externalId, { archived, missing }, report) {
  const isEmpty = (object) => Object.keys(object ?? {}).length === 0;
  if (typesOf(endpoint).some((type) => archived.has(type))) {
    report.note('Endpoints that subscribe to archived types, which were left out', externalId);
  }
  if (rateOf(endpoint) !== null) report.note('Endpoints with a rate limit; Everhook has none', externalId);
  if (!isEmpty(endpoint.metadata)) report.note('Endpoints with metadata, which was left out', externalId);
  if (missing.length > 0) {
    report.note(
      'Endpoints with headers whose values Svix hides: set them, then switch the webhook on',
      `${externalId} (${missing.join(', ')})`,
    );
  }
  if (endpoint.disabled) report.note('Endpoints disabled at Svix; their webhooks stay off', externalId);
  if (!endpoint.url.startsWith('https:')) {
    report.note('Endpoints without https, which most installations refuse', externalId);
  }
}

/**
 * Brings one endpoint into a project. A webhook that is on is Everhook's alone: it is left as it is.
 *
 * @param place - `project`: its reference, null if a dry run would create it; `label`: for people; the types of its organization
 */
async function takeEndpoint({ svix, everhook, app, endpoint, place, apply, switchOn, report }) {
  const what = `endpoint ${externalIdOf(endpoint)} of ${place.label}`;
  const reason = obstacle(endpoint, place);
  if (reason !== null) return report.left(what, reason);

  const externalId = externalIdOf(endpoint);
  const before = await find(everhook, place.project === null ? null : `${place.path}/${externalId}`);
  if (before?.active) {
    if (endpoint.disabled) report.note('Webhooks that are on, though their endpoints are disabled at Svix', externalId);
    return report.count('webhooks', 'ON ALREADY');
  }

  const [key, svixHeaders, isTransformed] = await Promise.all([
    svix.secret(app, endpoint),
    svix.headers(app, endpoint),
    svix.isTransformed(app, endpoint),
  ]);
  if (isTransformed) return report.left(what, 'a transformation changes its payloads, and Everhook has none');
  const secret = secretOf(key);
  if (secret === null)
    return report.left(what, 'its signatures are not of HMAC (v1), the only kind that Everhook makes');
  const { headers, missing } = headersOf(svixHeaders, before);

  tell(endpoint, externalId, { archived: place.archived, missing }, report);

  const name = nameOf(endpoint.description, hostOf(endpoint.url));
  const description =
    endpoint.description && endpoint.description !== name ? endpoint.description.slice(0, 2000) : null;
  if (!apply) return report.count('webhooks', before ? 'THERE ALREADY' : 'ADDED');
  const mayBeOn = switchOn && !endpoint.disabled && missing.length === 0;
  const { webhook, created } = await everhook.webhooks.upsert({
    ...{ projectId: place.project, externalId, name, url: endpoint.url, headers },
    ...(description === null ? {} : { description }),
    eventTypes: typesOf(endpoint).filter((type) => !place.archived.has(type)),
    ...(before ? {} : { profile: 'STANDARD', secret, active: mayBeOn }),
  });
  const hasNewSecret = !created && (await takeSecret(everhook, webhook, secret));
  if (!created && mayBeOn) await everhook.webhooks.setActive(webhook.id, true);
  if (mayBeOn) report.count('webhooks', 'SWITCHED ON');
  const isChanged = hasNewSecret || (before && webhook.updatedAt !== before.updatedAt);
  report.count('webhooks', created ? 'ADDED' : isChanged ? 'CHANGED' : 'UNCHANGED');
}

/** Brings an application's endpoints into its project, one after another. @returns how many there are, and how many are disabled */
export async function takeEndpoints(work) {
  let all = 0;
  let disabled = 0;
  for await (const endpoint of work.svix.endpoints(work.app)) {
    all++;
    if (endpoint.disabled) disabled++;
    try {
      await takeEndpoint({ ...work, endpoint });
    } catch (error) {
      const isGone = error instanceof SvixError && error.status === 404;
      if (!isGone && !isAboutOne(error)) throw error;
      work.report.left(
        `endpoint ${externalIdOf(endpoint)} of ${work.place.label}`,
        isGone ? 'Svix has it no more' : error.message,
      );
    }
  }
  return { all, disabled };
}
