import { expect, it } from 'vitest';
import { exchange, type Fetch } from '../../../client-sdk/src/http/connection.ts';

const never = new Promise<never>(() => {});
const fetch: Fetch = () => Promise.reject(new Error('Nothing may be sent without its key.'));
const options = { url: 'http://127.0.0.1:9/graphql', fetch, authorization: () => never, timeoutMs: 60_000 };

it('a key that does not come ends its request after the timeout, and when the request is aborted', async () => {
  await expect(exchange({ ...options, timeoutMs: 5 }, '{}', undefined)).rejects.toMatchObject({
    name: 'TimeoutError',
    message: 'The API key was not there within 5 ms.',
  });
  const ending = new AbortController();
  const reason = new Error('Enough.');
  const asked = exchange(options, '{}', ending.signal);
  ending.abort(reason);
  await expect(asked).rejects.toBe(reason);
});

it('a function that fails to give a key fails the request with its own error', async () => {
  const error = new Error('The vault is closed.');
  const authorization = () => Promise.reject(error);
  await expect(exchange({ ...options, authorization }, '{}', undefined)).rejects.toBe(error);
});
