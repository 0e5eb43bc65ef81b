import { getIntrospectionQuery } from 'graphql';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createGraphQLEngine } from '../../../server/http/graphql.ts';
import { createPresenter } from '../../../server/http/present.ts';
import { cpuNow } from '../../support/cpuClock.ts';

const engine = createGraphQLEngine(createPresenter(pino({ level: 'silent' })));

/** The error code with which a document is refused; null if it may run. */
function refusal(query: string, variables?: Record<string, unknown>) {
  const prepared = engine.prepare({ query, variables, operationName: undefined });
  return 'refused' in prepared ? prepared.refused.errors?.[0]?.extensions?.code : null;
}

const aliases = (field: string, count: number, selection: string) =>
  Array.from({ length: count }, (_, index) => `${field}${index}: ${field} { ${selection} }`).join(' ');

describe('introspection', () => {
  it('is served to tools, with everything they may ask for', () => {
    const everything = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    };
    expect(refusal(getIntrospectionQuery())).toBeNull();
    expect(refusal(getIntrospectionQuery(everything))).toBeNull();
    const one = 'query ($name: String!) { __type(name: $name) { name fields { name type { name } } } }';
    expect(refusal(one, { name: 'Delivery' })).toBeNull();
    expect(refusal(one)).toBeNull();
    expect(refusal('{ __typename ... on Query { __schema { __typename queryType { name } } } }')).toBeNull();
  });

  it('is refused when aliases multiply it', () => {
    const type = '__type(name: "Delivery")';
    expect(refusal(`{ __schema { ${aliases('types', 100, 'fields(includeDeprecated: true) { name }')} } }`)).toBe(
      'LIMIT_EXCEEDED',
    );
    const many = Array.from({ length: 200 }, (_, index) => `a${index}: ${type} { ...T }`).join(' ');
    const fragment = `fragment T on __Type { ${aliases('fields', 10, 'name type { name }')} }`;
    expect(refusal(`{ ${many} } ${fragment}`)).toBe('LIMIT_EXCEEDED');
    expect(refusal(`query ($t: String! = "Delivery") { ${many.replaceAll('"Delivery"', '$t')} } ${fragment}`)).toBe(
      'LIMIT_EXCEEDED',
    );
    expect(refusal(`query ($t: String!) { ${many.replaceAll('"Delivery"', '$t')} } ${fragment}`, { t: 'Query' })).toBe(
      'LIMIT_EXCEEDED',
    );
  });

  it('is refused when fragments multiply it, and finding that out takes little time', () => {
    const began = cpuNow();
    for (const count of [14, 60]) {
      const spread = `{ __schema { ${aliases('types', count, '...T')} } }
        fragment T on __Type { ${aliases('fields', count, '...F')} }
        fragment F on __Field { ${aliases('type', count, '...N')} }
        fragment N on __Type { name kind }`;
      expect(refusal(spread)).toBe('LIMIT_EXCEEDED');
    }
    const chain = Array.from({ length: 60 }, (_, index) =>
      index === 59
        ? 'fragment T59 on __Type { name }'
        : `fragment T${index} on __Type { a: ofType { ...T${index + 1} } b: ofType { ...T${index + 1} } }`,
    ).join(' ');
    expect(refusal(`{ __schema { types { ...T0 } } } ${chain}`)).toBeNull();
    // Execution collects each of these fields once.
    const spreads = Array.from({ length: 60 }, (_, index) =>
      index === 59
        ? 'fragment S59 on __Type { name }'
        : `fragment S${index} on __Type { ...S${index + 1} a: ofType { ...S${index + 1} } ... on __Type { ...S${index + 1} } }`,
    ).join(' ');
    expect(refusal(`{ __schema { types { ...S0 } } } ${spreads}`)).toBeNull();
    expect(cpuNow() - began).toBeLessThan(3_000);
  });
});
