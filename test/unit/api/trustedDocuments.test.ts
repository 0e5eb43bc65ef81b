import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/composition/config.ts';
import { PersistedDocuments } from '../../../server/http/persistedDocuments.ts';
import { trustedDocuments } from '../../../server/http/trustedDocuments.ts';

describe('the file of trusted documents', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook trusted '));
    file = join(folder, 'documents.json');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = () => trustedDocuments({ graphiql: false, trustedDocuments: file, trustedOnly: false });

  it.each([
    ['null', 'is null'],
    ['7', 'is a number'],
    ['"abc"', 'is a string'],
    ['["query { viewer { kind } }"]', 'is a list'],
    ['{"a":', 'is not JSON'],
    ['{"a":1}', 'what belongs to "a" is a number'],
    ['{"a":{"b":"{ viewer { kind } }"}}', 'what belongs to "a" is an object'],
    ['{"a":"{ viewer { kind } }","b":"query {"}', 'the document "b" is not GraphQL that can be run: Syntax Error'],
    ['{"a":""}', 'the document "a"'],
    ['{"operations":[null]}', '"operations[0]"'],
    ['{"operations":[{"id":"a","body":"{ viewer { kind } }"},{"id":"b"}]}', '"operations[1]"'],
    ['{"operations":["{ viewer { kind } }"]}', '"operations[0]"'],
    ['{"operations":[{"id":"a","body":"viewer"}]}', 'the document "a"'],
  ])('that holds %s is refused, by its name and by what is wrong', async (text, what) => {
    await writeFile(file, text);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`EVERHOOK_TRUSTED_DOCUMENTS: ${file}: `);
    expect(read).toThrow(what);
  });

  it('that is not there is refused by its name', async () => {
    await rm(file, { force: true });
    expect(read).toThrow(`EVERHOOK_TRUSTED_DOCUMENTS: ${file}: it cannot be read: ENOENT`);
  });

  it('may hold no document, and one whose name is "operations"', async () => {
    await writeFile(file, '{}');
    expect(read().byId.size).toBe(0);
    await writeFile(file, '{"operations":"{ viewer { kind } }"}');
    expect(read().byId.get('operations')).toBe('{ viewer { kind } }');
  });
});

describe('documents that clients registered', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const params = (query: string | undefined, sha256Hash: string) => ({
    query,
    variables: undefined,
    operationName: undefined,
    documentId: undefined,
    extensions: { persistedQuery: { version: 1, sha256Hash } },
  });
  const organizations = Array.from({ length: 12 }, (_, index) => `organization ${index}`);

  it('are kept for each organization, 500 of its own, however many others have as many', () => {
    const documents = new PersistedDocuments({ byId: new Map(), only: false });
    const queries = Array.from({ length: 500 }, (_, index) => `{ n${index}: viewer { kind } }`);
    const digests = queries.map(sha256);
    for (const organization of organizations) {
      for (const [index, query] of queries.entries()) {
        documents.resolve(params(query, digests[index] as string), organization);
      }
    }
    for (const organization of organizations) {
      for (const [index, query] of queries.entries()) {
        expect(documents.resolve(params(undefined, digests[index] as string), organization).query).toBe(query);
      }
    }
  });

  it('lose the one that was not asked for longest where there are too many', () => {
    const documents = new PersistedDocuments({ byId: new Map(), only: false });
    const queries = Array.from({ length: 501 }, (_, index) => `{ n${index}: viewer { kind } }`);
    const ask = (query: string) => documents.resolve(params(undefined, sha256(query)), 'one').query;
    const [first = '', second = '', ...more] = queries;
    for (const query of [first, second, ...more.slice(0, -1)]) documents.resolve(params(query, sha256(query)), 'one');
    expect(ask(first)).toBe(first);
    const last = queries.at(-1) as string;
    documents.resolve(params(last, sha256(last)), 'one');
    expect(ask(first)).toBe(first);
    expect(() => ask(second)).toThrow('PersistedQueryNotFound');
  });
});
