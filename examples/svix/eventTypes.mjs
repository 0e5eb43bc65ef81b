// Svix's event types as Everhook's.
import { EverhookError } from '@everhook/sdk';
import { readJsonSchemas } from '@everhook/sdk/catalogue';

/** Types of a call: Everhook takes 500, and a request of 1 MiB. */
const maxTypes = 100;
const maxBytes = 512 * 1024;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The newest version of a type's schema; null where it has none. */
function newestSchema({ schemas }) {
  if (!isObject(schemas)) return null;
  const [newest] = Object.keys(schemas).sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? null : schemas[newest];
}

/** Of the schema of a payload `{ type, timestamp, data }`, that of `data`. @returns undefined where it has no such member */
function schemaOfData(schema) {
  const data = isObject(schema) && isObject(schema.properties) ? schema.properties.data : undefined;
  if (!isObject(data)) return undefined;
  const { $schema, $defs, definitions } = schema;
  return { ...($schema && { $schema }), ...($defs && { $defs }), ...(definitions && { definitions }), ...data };
}

/**
 * @param {boolean} isEnvelope - whether payloads are `{ type, timestamp, data }`, of which `data` is published
 * @returns the type as `eventTypes.apply` takes it, or why it cannot be taken
 */
function typeOf({ name, description, groupName, schemas }, isEnvelope) {
  const whole = newestSchema({ schemas });
  const content = whole === null ? (isEnvelope ? {} : { type: 'object' }) : isEnvelope ? schemaOfData(whole) : whole;
  if (content === undefined) {
    return { reason: 'its schema has no "data", so its payload is no { type, timestamp, data }: see --envelope' };
  }
  // It becomes draft 2020-12, whichever draft it was written in.
  const { types, problems } = readJsonSchemas([{ path: `${name}.schema.json`, content }]);
  if (problems.length > 0) return { reason: problems.map(({ message }) => message).join(' ') };
  const type = { ...types[0], ...(description ? { description } : {}), ...(groupName ? { category: groupName } : {}) };
  if (JSON.stringify(type).length > maxBytes) return { reason: 'its schema is too large: Everhook takes 64 KiB' };
  return { type };
}

/**
 * Reads the types that Svix has.
 *
 * @returns those that Everhook may take, and the names of the archived ones
 */
export async function readTypes(svix, isEnvelope, report) {
  const types = [];
  const archived = new Set();
  for await (const read of svix.eventTypes()) {
    if (read.archived) {
      archived.add(read.name);
      report.note('Event types archived at Svix, left out', read.name);
      continue;
    }
    const { type, reason } = typeOf(read, isEnvelope);
    if (reason !== undefined) {
      report.left(`event type ${read.name}`, reason);
      continue;
    }
    types.push(type);
    if (read.deprecated) report.note('Event types deprecated at Svix; Everhook has no such mark', read.name);
    if (read.featureFlag || read.featureFlags?.length) {
      report.note('Event types with feature flags; Everhook shows a type to all who see the project', read.name);
    }
  }
  return { types, archived };
}

function* parts(types) {
  let part = [];
  let bytes = 0;
  for (const type of types) {
    const size = JSON.stringify(type).length;
    if (part.length === maxTypes || (part.length > 0 && bytes + size > maxBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(type);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/**
 * Brings the types into an organization, those that it has so already excepted.
 *
 * @param organizationId - null for one that a dry run would create
 * @returns the names of the types that it has then
 */
export async function takeTypes(everhook, organizationId, types, { apply }, report) {
  const taken = new Set();
  for (const part of parts(types)) {
    if (organizationId === null) {
      for (const { name } of part) taken.add(name);
      report.count('event types', 'ADDED', part.length);
      continue;
    }
    const plan = await everhook.eventTypes.plan({ organizationId, types: part });
    const refused = new Set();
    for (const { name, refusal, change } of plan.types) {
      if (refusal) {
        refused.add(name);
        report.left(`event type ${name}`, refusal.message);
      } else {
        taken.add(name);
        report.count('event types', change);
      }
    }
    const accepted = part.filter(({ name }) => !refused.has(name));
    if (apply && accepted.length > 0) await everhook.eventTypes.apply({ organizationId, types: accepted });
  }
  return taken;
}

/** Whether an error is about this one thing, so that the others can go on. */
export const isAboutOne = (error) =>
  error instanceof EverhookError &&
  ['VALIDATION_FAILED', 'CONFLICT', 'LIMIT_EXCEEDED', 'NOT_FOUND'].includes(error.code);
