import type { CatalogueEntry } from '../profile.ts';

/** Everhook's own event types. Nobody else may publish them, and only webhooks that name them receive them. */
/** Begins the names of Everhook's own types. */
export const platformPrefix = 'everhook.';

export const isPlatformType = (name: string): boolean => name.startsWith(platformPrefix);

const schema = {
  type: 'object',
  required: ['webhook', 'from', 'to', 'reason', 'at'],
  properties: {
    webhook: {
      type: 'object',
      required: ['id', 'name', 'projectId', 'profile', 'url'],
      properties: {
        id: { type: 'string', format: 'uuid' },
        name: { type: 'string' },
        projectId: { type: ['string', 'null'], format: 'uuid' },
        profile: { type: 'string' },
        url: { type: 'string', description: 'Redacted where it is itself a credential.' },
      },
    },
    from: { enum: ['HEALTHY', 'DEGRADED', 'DISABLED'] },
    to: { enum: ['HEALTHY', 'DEGRADED', 'DISABLED'] },
    reason: { type: ['string', 'null'] },
    at: { type: 'string', format: 'date-time' },
  },
};

const entry = (verb: string, description: string, from: string, to: string, reason: string | null): CatalogueEntry => ({
  name: `everhook.webhook.${verb}`,
  category: 'Everhook',
  description,
  schema,
  example: {
    webhook: {
      id: '019e2b6c-5f0a-7c31-9d53-0c5b6f1a7e20',
      name: 'Berth board',
      projectId: '019e2b6b-90d2-7a44-8f0e-7d1e5a3c9b11',
      profile: 'TESTPLANIT',
      url: 'https://board.example.com/hooks/berths',
    },
    from,
    to,
    reason,
    at: '2026-06-27T09:15:23.412Z',
  },
});

/** The events about webhooks' health that Everhook publishes to an organization's own webhooks. */
export const platformTypes: readonly CatalogueEntry[] = [
  entry('degraded', 'A webhook’s attempts have begun to fail.', 'HEALTHY', 'DEGRADED', '5 attempts in a row failed.'),
  entry(
    'disabled',
    'A webhook was disabled: it receives nothing any more.',
    'DEGRADED',
    'DISABLED',
    '10 attempts in a row failed.',
  ),
  entry('recovered', 'A webhook works again, or was enabled again.', 'DEGRADED', 'HEALTHY', null),
];

const verbs = { HEALTHY: 'recovered', DEGRADED: 'degraded', DISABLED: 'disabled' } as const;

/** The event type for a change to this health. */
export const platformTypeOf = (health: keyof typeof verbs): string => `everhook.webhook.${verbs[health]}`;
