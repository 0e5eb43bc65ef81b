import { describe, expect, it } from 'vitest';
import { plane } from '../../../core/profiles/plane.ts';
import { signBody } from '../../../core/profiles/signature.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { envelope } from './envelope.ts';

const ids =
  '"webhook_id": "0199a0c5-0000-7000-8000-000000000003", "workspace_id": "0199a0c5-0000-7000-8000-000000000001"';

describe('PLANE', () => {
  it('has event, action, the ids of webhook and workspace, and data, spaced as Python spaces', () => {
    const event = envelope({ eventType: 'issue_comment.create', data: '{"id":"c","n":1.50,"t":"é"}' });
    expect(plane.body(event).toString()).toBe(
      `{"event": "issue_comment", "action": "create", ${ids}, "data": {"id": "c", "n": 1.5, "t": "\\u00e9"}}`,
    );
  });

  it.each([
    ['{"id":"c","name":"gone"}', '{"id": "c"}'],
    ['{"name":"gone","id":12345678901234567890}', '{"id": 12345678901234567890}'],
    ['{"name":"gone"}', '{"id": null}'],
    ['[1]', '{"id": null}'],
  ])('tells of a delete the id alone: %s as %s', (data, told) => {
    const body = plane.body(envelope({ eventType: 'issue.delete', data })).toString();
    expect(body).toBe(`{"event": "issue", "action": "delete", ${ids}, "data": ${told}}`);
  });

  it('names delivery, event and signature in its headers', () => {
    const event = envelope({ eventType: 'cycle_issue.create' });
    const body = plane.body(event);
    expect(signedHeaders(plane, { envelope: event, body, secrets: ['s3cret'], attemptedAt: new Date() })).toEqual({
      'X-Plane-Delivery': event.deliveryId,
      'X-Plane-Event': 'cycle_issue',
      'X-Plane-Signature': signBody('s3cret', { body }).toString('hex'),
    });
  });
});
