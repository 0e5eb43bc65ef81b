import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHints, decodeIds, encodeHints, encodeIds, type Topic } from '../../../core/live/hint.ts';

const topics: Topic[] = ['delivery', 'webhookHealth', 'issue', 'recovery', 'deletion'];
const id = fc.uuid();
const changes = fc.dictionary(id, fc.option(fc.array(id, { minLength: 1, maxLength: 900 }), { nil: null }), {
  maxKeys: 40,
});

describe('hints on the channel', () => {
  it('carry every id of every organization, whatever their number, in payloads that PostgreSQL accepts', () => {
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

  it('share payloads between organizations instead of using one for each', () => {
    const organizations = new Map(Array.from({ length: 100 }, (_, n) => [uuid(n), new Set([uuid(n + 1_000)])]));
    expect(encodeHints('delivery', organizations)).toHaveLength(1);
    expect(
      encodeHints('delivery', new Map([[uuid(1), new Set(Array.from({ length: 720 }, (_, n) => uuid(n)))]])),
    ).toHaveLength(2);
  });

  it('can say in one short payload that anything may have changed', () => {
    const [payload = ''] = encodeHints('delivery', null);
    expect(decodeHints(payload)).toEqual([{ topic: 'delivery', organizationId: null, encodedIds: null }]);
  });

  it('are ignored if they are malformed', () => {
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

  it('refuse an id that is not a UUID instead of naming another one', () => {
    expect(() => encodeIds(['no uuid'])).toThrow('Not a UUID');
  });
});

function uuid(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
