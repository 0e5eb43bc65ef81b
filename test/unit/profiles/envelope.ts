import type { Envelope } from '../../../core/profiles/profile.ts';

/** A delivery's envelope for tests of bodies and signatures. */
export const envelope = (part: Partial<Envelope> = {}): Envelope => ({
  eventId: '0199a0c5-7d1c-7000-8000-00000000e0e0',
  deliveryId: '0199a0c5-7d1c-7b2a-9d5e-3f1f0a6c2b11',
  eventType: 'task.updated',
  occurredAt: new Date('2026-06-27T09:15:23.456Z'),
  organizationId: '0199a0c5-0000-7000-8000-000000000001',
  projectId: '0199a0c5-0000-7000-8000-000000000002',
  webhookId: '0199a0c5-0000-7000-8000-000000000003',
  data: '{"id":"task_1"}',
  previous: null,
  ...part,
});
