import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHints, decodeIds, encodeHints, encodeIds, type Topic } from '../../../core/live/hint.ts';

const topics: Topic[] = ['delivery', 'webhookHealth', 'issue', 'recovery'];
const id = fc.uuid();
const changes = fc.dictionary(id, fc.option(fc.array(id, { minLength: 1, maxLength: 900 }), { nil: null }), {
  maxKeys: 40,
});

describe('hints on the channel', () => {
  it('carry every id of every organization, whatever their number, in payloads that PostgreSQL takes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...topics), changes, (topic, byOrganization) => {
        const told = new Map(
          Object.entries(byOrganization).map(([organization, ids]) => [organization, ids && new Set(ids)]),
        );
        const payloads = encodeHints(topic, told);
        const heard = new Map<string, Set<string> | null>();
        for (const payload of payloads) {
          expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
          for (const hint of decodeHints(payload)) {
            expect(hint.topic).toBe(topic);
            const organization = hint.organizationId as string;
            if (hint.encodedIds === null) heard.set(organization, null);
            else heard.set(organization, new Set([...(heard.get(organization) ?? []), ...decodeIds(hint.encodedIds)]));
          }
        }
        expect(heard).toEqual(told);
      }),
      { numRuns: 60 },
    );
  });

  it('fill payloads instead of taking one for each organization', () => {
    const organizations = new Map(Array.from({ length: 100 }, (_, n) => [uuid(n), new Set([uuid(n + 1_000)])]));
    expect(encodeHints('delivery', organizations)).toHaveLength(1);
    expect(
      encodeHints('delivery', new Map([[uuid(1), new Set(Array.from({ length: 720 }, (_, n) => uuid(n)))]])),
    ).toHaveLength(2);
  });

  it('say with one word that anything may have changed', () => {
    const [payload = ''] = encodeHints('delivery', null);
    expect(decodeHints(payload)).toEqual([{ topic: 'delivery', organizationId: null, encodedIds: null }]);
  });

  it('read as nothing where a stranger wrote them', () => {
    for (const payload of [
      '',
      ' ',
      'hello',
      'unknownTopic *',
      'delivery',
      'delivery x',
      'delivery :',
      '{"topic":"delivery"}',
    ]) {
      expect(decodeHints(payload), payload).toEqual([]);
    }
    fc.assert(fc.property(fc.string(), (payload) => Array.isArray(decodeHints(payload))));
    fc.assert(fc.property(fc.string(), (payload) => Array.isArray(decodeHints(`delivery ${payload}`))));
  });

  it('refuse what is not a UUID rather than tell of another', () => {
    expect(() => encodeIds(['no uuid'])).toThrow('Not a UUID');
  });
});

function uuid(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
