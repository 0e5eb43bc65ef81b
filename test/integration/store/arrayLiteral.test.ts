import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { plainArray, textArray } from '../../../core/store/arrayLiteral.ts';

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
});
afterAll(() => client.end());

const read = async (literal: string, type: string) =>
  (await client.query({ name: type, text: `SELECT $1::${type} AS list`, values: [literal] })).rows[0].list;

/** U+0000 cannot be kept, and half a surrogate pair becomes U+FFFD on the way, whoever writes the array. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom('', 'NULL', '{}', '\\', '"', '\n'),
  )
  .map((value) => value.replaceAll('\u0000', ''))
  .filter((value) => value.isWellFormed());

it('PostgreSQL reads from an array of texts what was written into it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (list) => {
      expect(await read(textArray(list), 'text[]')).toEqual(list);
    }),
    { numRuns: 300 },
  );
});

it('half a surrogate pair is replaced, as in any parameter', async () => {
  expect(await read(textArray(['a\ud800"b', 'c']), 'text[]')).toEqual(['a\ufffd"b', 'c']);
});

it('and from arrays of ids, numbers, truths and times, with what is not there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.uuid())),
      fc.array(fc.option(fc.integer({ min: -2147483648, max: 2147483647 }))),
      fc.array(fc.option(fc.boolean())),
      fc.array(fc.option(fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') }))),
      async (ids, numbers, truths, times) => {
        expect(await read(plainArray(ids), 'uuid[]')).toEqual(ids);
        expect(await read(plainArray(numbers), 'int[]')).toEqual(numbers);
        expect(await read(plainArray(truths), 'boolean[]')).toEqual(truths);
        expect(await read(plainArray(times.map((time) => time?.toISOString() ?? null)), 'timestamptz[]')).toEqual(
          times,
        );
      },
    ),
  );
});
