import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../core/events/idempotency.ts';

const input = {
  type: 'order.paid',
  data: '{"name":"Zoë 😀"}',
  parsed: undefined,
  previous: null,
  occurredAt: new Date(0),
  idempotencyKey: 'k',
  labels: [{ key: 'customer', value: 'c_1' }],
  traceparent: null,
};

describe('the digest of a call with an idempotency key', () => {
  it('is what earlier versions stored, so that a call is still known after an update', () => {
    expect(digestOf(input).toString('hex')).toBe('13c77a688c55dca039d1ca2c30ce9e43ff57353b6077eaf90009c4776edb31e0');
  });

  it('tells content apart that only moves from one part to the next', () => {
    const moved = { ...input, type: 'order.pai', data: `d${input.data}` };
    expect(digestOf(moved)).not.toEqual(digestOf(input));
  });
});
