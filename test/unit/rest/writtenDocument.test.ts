import { describe, expect, it } from 'vitest';
import { asyncApiFormat } from '../../../client-sdk/src/catalogue/export/asyncApi.ts';
import { openApiFormat } from '../../../client-sdk/src/catalogue/export/openApi.ts';
import { asyncApiOf, openApiOf } from '../../../client-sdk/src/catalogue/index.ts';
import { ApiError } from '../../../core/ground/errors.ts';
import { writtenDocument } from '../../../server/rest/writtenDocument.ts';

const about = { title: 'Shop', version: '7', profile: 'STANDARD' as const };
const most = 16 * 1024 * 1024;
const typeOf = (name: string, schema: object) => ({
  name,
  description: null,
  schema: JSON.stringify(schema),
  example: '{"total":1.10}',
});
const properties = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`p${index}`, { type: 'string' }]));
const wide = typeOf('a.b', { properties });

function atOnce(work: Generator<number, string>): { readonly text: string; readonly pieces: readonly number[] } {
  const pieces: number[] = [];
  for (;;) {
    const { done, value } = work.next();
    if (done) return { text: value, pieces };
    pieces.push(value);
  }
}

describe('a written document', () => {
  it.each([
    ['OpenAPI', openApiFormat, openApiOf],
    ['AsyncAPI', asyncApiFormat, asyncApiOf],
  ])('says in %s what the SDK says, and keeps the text of numbers', (_, format, of) => {
    const types = [wide, typeOf('c.d', { $defs: {}, items: { $ref: '#' } })];
    const { text } = atOnce(writtenDocument<string>(format, about, types, most));
    const parsed = types.map((type) => ({
      ...type,
      schema: JSON.parse(type.schema),
      example: JSON.parse(type.example),
    }));
    expect(text.match(/\{"total":1\.10\}/g)).toHaveLength(2);
    expect(text.replaceAll('1.10', '1.1') === JSON.stringify(of({ ...about, types: parsed }))).toBe(true);
  });

  it('is written in pieces, so that others have the thread between them', () => {
    const { pieces } = atOnce(writtenDocument(asyncApiFormat, about, [wide], most));
    expect(pieces.length).toBeGreaterThan(300);
  });

  it('is refused where its references would make it longer than it may be', () => {
    const name = 'n'.repeat(30_000);
    const uses = Array.from({ length: 1_000 }, () => ({ $ref: '#it' }));
    const type = typeOf('a.b', { anyOf: uses, $defs: { [name]: { $anchor: 'it' } } });
    const write = () => atOnce(writtenDocument(openApiFormat, about, [type], most));
    expect(write).toThrow(ApiError);
    expect(write).toThrow(/longer than 16\.0 MiB/);
  });
});
