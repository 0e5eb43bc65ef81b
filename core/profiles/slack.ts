import { testplanitCatalogue } from './catalogues/testplanit.ts';
import type { ProfileDefinition } from './profile.ts';
import { messageOf } from './slack/message.ts';
import { any2xx } from './success.ts';

const minute = 60_000;

/** Slack's incoming webhooks, beside TestPlanIt's generic endpoint: a message in Block Kit; the URL is the credential. */
export const slack: ProfileDefinition = {
  name: 'SLACK',
  catalogue: testplanitCatalogue,
  revision: 1,
  body: (envelope) => Buffer.from(JSON.stringify(messageOf(envelope))),
  headers: () => ({}),
  ownedHeaders: [],
  isSuccess: any2xx,
  scheduleMs: [minute, 5 * minute, 30 * minute, 120 * minute],
  jitter: 0,
  timeoutMs: 10_000,
  honoursRetryAfter: false,
  health: { kind: 'CONSECUTIVE_FAILURES', degradedAt: 5, disabledAt: 10 },
  rotation: 'REFUSED',
  secret: null,
  url: { schemes: ['https'], host: 'hooks.slack.com', credential: true },
  testEvent: {
    type: 'webhook.test',
    data: '{"name":"This webhook reaches the channel."}',
    occurredAt: new Date('2026-01-01T00:00:00Z'),
  },
  pingOnCreate: false,
};
