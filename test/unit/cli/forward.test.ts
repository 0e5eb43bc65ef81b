import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeConnections, forward } from '../../../cli/src/listen/forward.ts';

const timeoutMs = 1_000;
/** As many as a developer's server gets at once. */
const atOnce = 8;

let server: Server | undefined;
afterEach(() => {
  closeConnections();
  server?.closeAllConnections();
  server?.close();
});

/** A server of a developer. @returns its URL */
async function serving(answer: (response: ServerResponse) => void): Promise<string> {
  const created = createServer((request, response) => {
    request.resume();
    request.once('end', () => answer(response));
  });
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(created.address() as AddressInfo).port}/hooks`;
}

const request = { headers: [], body: '{}' } as unknown as Parameters<typeof forward>[0];
const post = (url: string) => forward(request, url, timeoutMs, new AbortController().signal);

describe('a request that waits for a place at the local server', () => {
  it('is timed from when it has one: those before it take none of its time', async () => {
    let came = 0;
    const url = await serving((response) => {
      // The first ones get no answer, and hold all places until their time is over.
      if (++came > atOnce) response.writeHead(204).end();
    });
    const answers = await Promise.all(Array.from({ length: atOnce * 2 }, () => post(url)));
    expect(answers.slice(0, atOnce).map(({ failure }) => failure)).toEqual(Array(atOnce).fill('TIMEOUT'));
    expect(answers.slice(atOnce).map(({ responseCode }) => responseCode)).toEqual(Array(atOnce).fill(204));
    expect(came).toBe(atOnce * 2);
    // Nor does what is recorded have the time that it waited.
    for (const { duration } of answers.slice(atOnce)) expect(duration).toBeLessThan(timeoutMs);
  });
});

describe('an answer that the service would refuse', () => {
  it('is no HTTP where its status is none', async () => {
    const url = await serving((response) => response.writeHead(799).end('odd'));
    expect(await post(url)).toMatchObject({
      failure: 'INVALID_RESPONSE',
      error: 'The answer has the status 799, which is none of HTTP: 100 to 599.',
    });
  });

  it('goes without headers whose names it does not take', async () => {
    const url = await serving((response) =>
      response.writeHead(200, { 'x-kept': 'yes', [`x-${'long'.repeat(64)}`]: 'no' }).end(),
    );
    const { responseCode, responseHeaders } = await post(url);
    expect(responseCode).toBe(200);
    const names = responseHeaders?.map(({ name }) => name);
    expect(names).toContain('x-kept');
    expect(names?.every((name) => name.length <= 256)).toBe(true);
  });
});
