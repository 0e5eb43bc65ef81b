import type { CreateWebhookInput, DeliveryStatus } from '@everhook/sdk';

/** A webhook of the demo, its receiver, and the expected results. */
export interface Subscriber {
  readonly name: string;
  /** In `receivers/`. */
  readonly program: string;
  readonly webhook: Omit<CreateWebhookInput, 'name' | 'url' | 'projectId'>;
  /** How each of its deliveries must end, after how many attempts. */
  readonly ends: Extract<DeliveryStatus, 'DELIVERED' | 'FAILED'>;
  readonly attempts: number;
  /** The time that its retries wait, in milliseconds. */
  readonly waitsMs: number;
}

export const subscribers: readonly Subscriber[] = [
  {
    name: 'Standard Webhooks',
    program: 'standardWebhooks',
    webhook: { profile: 'STANDARD' },
    ends: 'DELIVERED',
    attempts: 1,
    waitsMs: 0,
  },
  {
    name: 'Onplana',
    program: 'onplana',
    webhook: { profile: 'ONPLANA' },
    ends: 'DELIVERED',
    attempts: 1,
    waitsMs: 0,
  },
  {
    name: '503 twice',
    program: 'unavailable',
    webhook: { profile: 'STANDARD', retrySchedule: ['PT1S', 'PT2S'] },
    ends: 'DELIVERED',
    attempts: 3,
    // A delay may be 10 % shorter or longer: the profile adds jitter, also to a webhook's own schedule.
    waitsMs: 0.9 * 3_000,
  },
  {
    name: 'Never answers',
    program: 'silent',
    webhook: {
      profile: 'STANDARD',
      retrySchedule: ['PT1S', 'PT1S'],
      timeout: 'PT1S',
      eventTypes: [
        'code_scanning_alert.reopened',
        'dependabot_alert.fixed',
        'repository_vulnerability_alert.create',
        'security_advisory.published',
      ],
    },
    ends: 'FAILED',
    attempts: 3,
    waitsMs: 0,
  },
];
