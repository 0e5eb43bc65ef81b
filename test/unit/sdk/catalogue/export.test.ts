import { describe, expect, it } from 'vitest';
import { asyncApiFormat } from '../../../../client-sdk/src/catalogue/export/asyncApi.ts';
import { openApiFormat } from '../../../../client-sdk/src/catalogue/export/openApi.ts';
import { asyncApiOf, openApiOf } from '../../../../client-sdk/src/catalogue/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: the documents' own shapes are checked elsewhere.
type Document = any;

const catalogueOf = (schema: unknown) => ({
  title: 'Shop',
  version: '1',
  profile: 'STANDARD' as const,
  types: [{ name: 'order.paid', description: null, schema }],
});
const named = (count: number, of: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, of]));

describe('documents of a catalogue', () => {
  // With a copy of all members for each of them, these would take hours.
  it.each([
    ['members', { properties: named(30_000, {}) }],
    ['alternatives', { anyOf: Array.from({ length: 30_000 }, () => ({})) }],
    ['members below a long name', { properties: { ['n'.repeat(100_000)]: { properties: named(10_000, {}) } } }],
  ])('describe a schema of very many %s', (_, schema) => {
    for (const document of [openApiOf(catalogueOf(schema)), asyncApiOf(catalogueOf(schema))] as Document[]) {
      expect(JSON.stringify(document.components.schemas['order.paid']) === JSON.stringify(schema)).toBe(true);
    }
  });

  it.each([
    ['OpenAPI', openApiFormat, 1],
    // It says each schema twice, once of them in draft 7, too.
    ['AsyncAPI', asyncApiFormat, 3],
  ])('are written in %s piece by piece, with work in proportion to their schemas', (_, format, times) => {
    const piecesFor = (count: number) => [
      ...format.ofType({ name: 'order.paid', description: null, schema: { properties: named(count, {}) } }, 'SLACK'),
    ];
    const [few, many] = [piecesFor(1_000), piecesFor(4_000)];
    expect(Math.max(...many)).toBeLessThan(40);
    const sum = (pieces: readonly number[]) => pieces.reduce((all, one) => all + one, 0);
    for (const [pieces, count] of [
      [few, 1_000],
      [many, 4_000],
    ] as const) {
      expect(sum(pieces)).toBeGreaterThan(times * (count - 40));
      expect(sum(pieces)).toBeLessThanOrEqual(times * (count + 1));
    }
  });

  it('say a part that means something else on each way to it only so often, and anything after that', () => {
    // Each of the resources has an anchor of its own, so the large part means something else from each.
    const large = { $id: 'large', properties: named(2_000, {}), items: { $dynamicRef: '#none' } };
    const resource = (index: number) => ({ $id: `r${index}`, $dynamicAnchor: `a${index}`, items: { $ref: 'large' } });
    const resources = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`r${index}`, resource(index)]));
    const schema = {
      $defs: { large: { ...large, $dynamicAnchor: 'none' }, ...resources },
      properties: Object.fromEntries(Object.keys(resources).map((name) => [name, { $ref: name }])),
    };
    const { schemas } = (openApiOf(catalogueOf(schema)) as Document).components;
    const parts: Document[] = Object.values(schemas['order.paid'].$defs);
    const written = parts.filter((part) => part.properties !== undefined);
    expect(written.length).toBeGreaterThan(10);
    expect(written.length).toBeLessThan(30);
    expect(parts).toContain(true);
  });

  it('keep members of any name', () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}');
    for (const document of [openApiOf(catalogueOf(schema)), asyncApiOf(catalogueOf(schema))] as Document[]) {
      expect(JSON.stringify(document.components.schemas['order.paid'])).toBe(JSON.stringify(schema));
    }
  });
});
