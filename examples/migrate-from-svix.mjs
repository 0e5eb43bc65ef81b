// Takes an environment of Svix over: event types, applications, endpoints with their secrets. See docs/migrate-from-svix.md.
import { parseArgs } from 'node:util';
import { Everhook, EverhookError, ForbiddenError, NotFoundError } from '@everhook/sdk';
import { SvixError, svixApi } from './svix/api.mjs';
import { externalIdOf, nameOf, takeEndpoints } from './svix/endpoints.mjs';
import { isAboutOne, readTypes, takeTypes } from './svix/eventTypes.mjs';
import { Report } from './svix/report.mjs';

const usage = `Usage: node examples/migrate-from-svix.mjs [options]

  --apply               do it; without it, nothing is changed
  --organization <id>   the organization that takes all over, by its id or external id (default: svix);
                        the operator's key creates it, and each application becomes a project of it
  --tenants             each application becomes an organization of its own instead, with one project
  --envelope            your payloads are { type, timestamp, data }: take the schemas of "data"
  --only <id>           only this application, by its uid or id; may be repeated
  --switch-on           also switch on the webhooks whose endpoints are enabled at Svix

Environment: SVIX_URL, SVIX_TOKEN, EVERHOOK_URL, EVERHOOK_KEY`;

/** Something that the caller must change. */
class Mistake extends Error {}

function settings() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        apply: { type: 'boolean', default: false },
        organization: { type: 'string', default: 'svix' },
        tenants: { type: 'boolean', default: false },
        envelope: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        'switch-on': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Mistake(`${error.message}\n\n${usage}`);
  }
  if (values.help) return null;
  const missing = ['SVIX_URL', 'SVIX_TOKEN', 'EVERHOOK_URL', 'EVERHOOK_KEY'].filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Mistake(`Set ${missing.join(', ')} in the environment.\n\n${usage}`);
  if (!/^https?:\/\//.test(process.env.SVIX_URL) || !URL.canParse(process.env.SVIX_URL)) {
    throw new Mistake('SVIX_URL is not a URL: it is the address of the API, such as https://api.eu.svix.com.');
  }
  if (!/^[\x21-\x7e]+$/.test(process.env.SVIX_TOKEN))
    throw new Mistake('SVIX_TOKEN is not a key: it has a space or a character that no key has.');
  const { 'switch-on': switchOn, ...others } = values;
  return { ...others, switchOn };
}

async function orNull(found) {
  try {
    return await found;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** The organization, which is made if it is not there. @returns its reference; null if a dry run would create it */
async function organizationOf(everhook, externalId, name, { apply }, report) {
  const there = await orNull(everhook.organizations.get(externalId));
  if (there) return there.id;
  report.count('organizations', 'ADDED');
  if (!apply) return null;
  return (await everhook.organizations.upsert({ externalId, name })).id;
}

/** The project, which is made if it is not there. @returns its reference; null if a dry run would create it */
async function projectOf(everhook, organizationId, externalId, name, { apply }, report) {
  const there = organizationId && (await orNull(everhook.projects.get(`${organizationId}/${externalId}`)));
  report.count('projects', there ? 'THERE ALREADY' : 'ADDED');
  if (!apply) return there?.id ?? null;
  return (await everhook.projects.upsert({ organizationId, externalId, name })).id;
}

async function migrate(options) {
  const report = new Report();
  const svix = svixApi({ url: process.env.SVIX_URL, token: process.env.SVIX_TOKEN });
  const everhook = new Everhook({ url: process.env.EVERHOOK_URL, apiKey: process.env.EVERHOOK_KEY });
  await everhook.viewer();

  const { types, archived } = await readTypes(svix, options.envelope, report);
  console.log(`Svix has ${types.length} event types to take over.`);
  const home = async (externalId, name) => {
    const organizationId = await organizationOf(everhook, externalId, name, options, report);
    return { organizationId, taken: await takeTypes(everhook, organizationId, types, options, report) };
  };
  const shared = options.tenants ? null : await home(options.organization, options.organization);

  const wanted = new Set(options.only);
  let count = 0;
  let all = 0;
  let disabled = 0;
  for await (const app of svix.applications()) {
    const isWanted = options.only.length === 0 || [app.id, app.uid].some((id) => wanted.has(id));
    if (!isWanted) continue;
    for (const id of [app.id, app.uid]) wanted.delete(id);
    count++;
    const externalId = externalIdOf(app);
    const label = `${externalId} (${nameOf(app.name, externalId)})`;
    if (app.uid && app.uid !== externalId)
      report.note('Uids that no external id may look like; Svix’s id took their place', app.uid);
    if (Object.keys(app.metadata ?? {}).length > 0)
      report.note('Applications with metadata, which was left out', externalId);
    if ((app.throttleRate ?? app.rateLimit ?? null) !== null)
      report.note('Applications with a rate limit; Everhook has none', externalId);
    try {
      const { organizationId, taken } = shared ?? (await home(externalId, nameOf(app.name, externalId)));
      const project = await projectOf(
        everhook,
        organizationId,
        externalId,
        nameOf(app.name, externalId),
        options,
        report,
      );
      const place = { project, path: `${organizationId}/${project}`, label, taken, archived };
      const endpoints = await takeEndpoints({ ...options, svix, everhook, app, place, report });
      all += endpoints.all;
      disabled += endpoints.disabled;
      console.log(`${count}. ${label}: ${endpoints.all} endpoints`);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      report.left(`application ${label}`, error.message);
    }
  }
  for (const id of wanted)
    if (options.only.includes(id)) report.left(`application ${id}`, 'Svix has none with this uid or id');
  const rate = all === 0 ? '' : `, ${((100 * disabled) / all).toFixed(1)} %`;
  console.log(`Read ${count} applications with ${all} endpoints (${disabled} disabled${rate}).`);
  report.print(options);
  await everhook.close();
  return report.isWhole;
}

/** What to do about an error that ends the work; undefined for one that nobody foresaw. */
function advice(error) {
  if (error instanceof Mistake || error instanceof SvixError) return error.message;
  if (!(error instanceof EverhookError)) return undefined;
  if (error.code === 'UNAUTHENTICATED')
    return 'Everhook refuses the key in EVERHOOK_KEY: give the operator’s key, or an owner’s key of the organization.';
  if (error instanceof ForbiddenError) {
    return `The key in EVERHOOK_KEY may not do this: ${error.message} Give the operator’s key, which also creates organizations, or an owner’s key of an organization that is there.`;
  }
  return `Everhook: ${error.message} Run it again: what was taken over already stays.`;
}

try {
  const options = settings();
  if (options === null) console.log(usage);
  // 2: something was not taken over.
  else if (!(await migrate(options))) process.exitCode = 2;
} catch (error) {
  console.error(advice(error) ?? error);
  process.exitCode = 1;
}
