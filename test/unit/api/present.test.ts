import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { AnswerBudgets } from '../../../core/answers/budgets.ts';
import type { Context } from '../../../schema/context.ts';
import { createGraphQLEngine } from '../../../server/http/graphql.ts';
import { createPresenter } from '../../../server/http/present.ts';
import { cpuNow } from '../../support/cpuClock.ts';

const presenter = createPresenter(pino({ level: 'silent' }));
const engine = createGraphQLEngine(presenter);

/** Errors of an operation whose variables are invalid, so that nothing runs. */
const answer = new AnswerBudgets().operation({ principal: 'a', tenant: 'a' });

async function errorsOf(query: string, variables: Record<string, unknown>) {
  const prepared = engine.prepare({ query, variables, operationName: undefined });
  if ('refused' in prepared) throw new Error(`The document is refused: ${JSON.stringify(prepared.refused)}`);
  const { errors = [] } = presenter.result(
    await engine.execute(prepared, { answer } as Context),
    undefined,
    prepared.document,
  );
  return errors.map(({ message, extensions }) => ({ message, field: extensions?.field }));
}

const list = 'query ($first: Int) { webhooks(first: $first) { edges { cursor } } }';
const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }';

describe('errors of variables', () => {
  it('name the field and leave out the value, whatever it contains', async () => {
    for (const value of ['secret', 'x; secret', 'x" at "secret', ' cannot represent : secret', 'secret at ']) {
      expect(await errorsOf(list, { first: value }), value).toEqual([
        { message: 'Int cannot represent non-integer value.', field: 'first' },
      ]);
      expect(await errorsOf(create, { input: { name: 'x', url: [value] } }), value).toEqual([
        { message: 'String cannot represent a non string value.', field: 'input.url' },
      ]);
    }
    expect(await errorsOf(create, { input: 'x; secret at "y"' })).toEqual([
      { message: 'Expected type "CreateWebhookInput" to be an object.', field: 'input' },
    ]);
  });

  it('are built in linear time from values as large as a request body', async () => {
    const began = cpuNow();
    for (const part of [' cannot represent ', ' at "', '; ', ' argument "x']) {
      const [error] = await errorsOf(list, { first: `${part.repeat(Math.floor(2 ** 20 / part.length))}:x` });
      expect(error?.message.slice(0, 80)).toBe('Int cannot represent non-integer value.');
    }
    expect(cpuNow() - began).toBeLessThan(2_000);
  });

  it('of enums and unknown names are short too, wherever the value is', async () => {
    const long = 'x'.repeat(200_000);
    const byProfile = 'query ($profile: Profile) { eventTypes(profile: $profile) { name } }';
    expect(await errorsOf(byProfile, { profile: long })).toEqual([
      { message: 'This value does not exist in "Profile" enum.', field: 'profile' },
    ]);
    const [nearly] = await errorsOf(byProfile, { profile: 'PLANES' });
    expect(nearly?.message).toBe('This value does not exist in "Profile" enum. Did you mean the enum value "PLANE"?');
    const [unknown] = await errorsOf(create, { input: { name: 'x', url: 'https://example.com', [long]: 1 } });
    expect(`${unknown?.message}${unknown?.field}`.length).toBeLessThan(1_100);
    const literal = engine.prepare({
      query: `{ eventTypes(profile: ${long}) { name } }`,
      variables: {},
      operationName: undefined,
    });
    expect(JSON.stringify(literal).length).toBeLessThan(2_000);
  });

  it('are limited to a few, because each is written with the whole value around it', async () => {
    const input = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`unknown${index}`, 1]));
    const errors = await errorsOf(create, { input: { name: 'x', url: 'https://example.com', ...input } });
    expect(errors[0]).toEqual({
      message: 'Field "unknown0" is not defined by type "CreateWebhookInput".',
      field: 'input.unknown0',
    });
    expect(errors.length).toBeLessThanOrEqual(6);
  });
});
