/** The profiles, by which requests to receivers differ. */
export type DescribedProfile = 'STANDARD' | 'PLANE' | 'ONPLANA' | 'PLANE_CONNECTION' | 'TASKS' | 'TESTPLANIT' | 'SLACK';

export interface ExportedType {
  readonly name: string;
  readonly description: string | null;
  readonly schema: unknown;
  /** Undefined: none. */
  readonly example?: unknown;
}

/** A project's catalogue, as documents of APIs describe it. */
export interface ExportedCatalogue {
  readonly title: string;
  /** The version of the catalogue. */
  readonly version: string;
  readonly profile: DescribedProfile;
  readonly types: readonly ExportedType[];
}

interface Envelope {
  /** Members of the body around `data`, by the name of the event. */
  readonly members: (name: string) => Record<string, object>;
  /** Headers, each with what it says. */
  readonly headers: Readonly<Record<string, string>>;
}

const time = { type: 'string', format: 'date-time', description: 'When it happened.' };
const id = { type: 'string', format: 'uuid' };
const event = (name: string) => ({ const: name });

const envelopes: Readonly<Record<Exclude<DescribedProfile, 'SLACK'>, Envelope>> = {
  STANDARD: {
    members: (name) => ({ type: event(name), timestamp: time }),
    headers: {
      'webhook-id': 'The event’s id: the same over retries and replays.',
      'webhook-timestamp': 'When it was sent, in seconds since 1970.',
      'webhook-signature': '"v1," and the HMAC-SHA256 of id, time and body in base64; several with spaces between.',
    },
  },
  TASKS: {
    members: (name) => ({ event: event(name), timestamp: time, webhook_id: id }),
    headers: { 'X-Webhook-Signature': '"sha256=" and the HMAC-SHA256 of the body in hex.' },
  },
  PLANE: {
    members: (name) => {
      const [resource = name, action = ''] = name.split(/\.(?=[^.]*$)/);
      return { event: event(resource), action: event(action), webhook_id: id, workspace_id: { type: 'string' } };
    },
    headers: {
      'X-Plane-Signature': 'The HMAC-SHA256 of the body in hex.',
      'X-Plane-Delivery': 'The delivery’s id: the same over retries.',
    },
  },
  ONPLANA: {
    members: (name) => ({
      event: event(name),
      timestamp: time,
      organization_id: { type: 'string' },
      project_id: { type: ['string', 'null'] },
      delivery_id: id,
    }),
    headers: { 'X-Onplana-Signature': 'The HMAC-SHA256 of the body in hex.' },
  },
  PLANE_CONNECTION: {
    members: (name) => ({ id, event: event(name), timestamp: time }),
    headers: { 'X-PlaneConnection-Signature': 'The HMAC-SHA256 of the body in hex.' },
  },
  TESTPLANIT: {
    members: (name) => ({ id, event: event(name), timestamp: time, project_id: { type: ['string', 'null'] } }),
    headers: { 'X-TestPlanIt-Signature': '"v1=" and the HMAC-SHA256 of the body in hex; several with commas between.' },
  },
};

/** The headers of a profile's requests. */
export const headersOf = (profile: DescribedProfile): Readonly<Record<string, string>> =>
  profile === 'SLACK' ? {} : envelopes[profile].headers;

/** The schema of the body that carries an event. @param data - the schema of its data */
export function bodyOf(profile: DescribedProfile, name: string, data: object): object {
  // Slack gets a message for people, made of the event.
  if (profile === 'SLACK') return { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
  const members = envelopes[profile].members(name);
  return { type: 'object', properties: { ...members, data }, required: [...Object.keys(members), 'data'] };
}
