import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createGraphQLEngine } from '../../../server/http/graphql.ts';
import { createPresenter } from '../../../server/http/present.ts';

const engine = createGraphQLEngine(createPresenter(pino({ level: 'silent' })));
const many = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => each(n)).join(' ');
const asked = (query: string) => ({ query, variables: undefined, operationName: undefined });

/** Documents of nearly 4,000 tokens that are expensive to validate. `nth` makes each one different. */
const dear: Readonly<Record<string, (nth: number) => string>> = {
  'fields that are not there': (nth) => `{${many(1_326, (n) => `a${n}:deliverie${nth}x${n}`)}}`,
  'fields that are not there, by one name': (nth) => `{${many(1_326, (n) => `a${nth}:deliverie${n}`)}}`,
  'one field again and again': (nth) => `{${many(660, () => `a${nth}: viewer{id}`)}}`,
  'one field again and again, with fields of one name': (nth) =>
    `{${many(300, () => `a${nth}: viewer{id b: kind grants{role}}`)}}`,
  'fragments that spread each other': (nth) =>
    `{...F0} ${many(280, (n) => `fragment F${n} on Query {a${nth}: viewer{id} ...F${n + 1}}`)} fragment F280 on Query {viewer{id}}`,
  'fragments that all spread all': (nth) =>
    `{${many(60, (n) => `...F${n}`)}} ${many(60, (n) => `fragment F${n} on Query {a${nth}: viewer{id} ${many(16, (m) => `...F${(n + m + 1) % 60}`)}}`)}`,
  'fragments in ever new combinations': (nth) =>
    `{${many(40, (n) => `a${nth}x${n}: viewer{...V${n % 11} ...V${(n * 3) % 11} ...V${(n * 5) % 11}}`)}}
     ${many(11, (n) => `fragment V${n} on Viewer {grants{...G${n} ...G${(n + 1) % 11} ...G${(n + 4) % 11}}}`)}
     ${many(11, (n) => `fragment G${n} on Grant {organization{...O${n} ...O${(n + 3) % 11}}}`)}
     ${many(11, (n) => `fragment O${n} on Organization {id name}`)}`,
  'unused variables': (nth) => `query (${many(950, (n) => `$a${nth}x${n}: Int`)}) {viewer{id}}`,
  'undefined variables': (nth) => `{${many(330, (n) => `a${n}: event(id: $v${nth}x${n}){id}`)}}`,
};

describe('a document', () => {
  it.each(Object.keys(dear))('of %s is validated in little time', (name) => {
    const times: number[] = [];
    for (let nth = 0; nth < 7; nth++) {
      const query = dear[name]?.(nth) ?? '';
      const before = process.cpuUsage();
      const prepared = engine.prepare(asked(query));
      times.push(process.cpuUsage(before).user / 1_000);
      if ('refused' in prepared) expect(prepared.refused.errors?.length).toBeLessThan(8);
    }
    // In milliseconds of CPU time, so that other load does not count. Some used to take up to 900.
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(150);
  });

  it('that was refused is recognized by its text, however long', () => {
    const query = `{${many(3_000, (n) => `nothing${n}`)}}`;
    expect(engine.isLong(asked(query))).toBe(true);
    const first = engine.prepare(asked(query));
    expect(engine.isLong(asked(query))).toBe(false);
    expect(engine.prepare(asked(query))).toEqual(first);
  });

  it('that reads much of the schema may read nothing else, and takes turns with others', () => {
    const types = '__schema { types { fields { name type { name } } } }';
    const alone = engine.prepare(asked(`{ ${types} }`));
    expect('refused' in alone ? 0 : alone.introspected).toBeGreaterThan(1_000);
    expect(engine.isLong(asked(`{ ${types} }`))).toBe(true);
    const beside = engine.prepare(asked(`{ ${types} viewer { id } }`));
    expect('refused' in beside && beside.refused.errors?.[0]?.extensions?.code).toBe('LIMIT_EXCEEDED');
    expect(engine.prepare(asked('{ __schema { queryType { name } } viewer { id } }'))).not.toHaveProperty('refused');
  });
});
