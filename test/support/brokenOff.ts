import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';

/** Sends a request whose body breaks off after five of its bytes, and resets the connection. */
export async function breakOff(url: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n`;
  await new Promise<void>((resolve) => socket.write(`${head}{"a":`, () => resolve()));
  socket.resetAndDestroy();
  await once(socket, 'close');
}

/** Requests that break off do not stop a receiver: afterwards it still refuses unsigned requests. */
export async function expectToOutlive(url: string, refusal = 401): Promise<void> {
  // More than once: the effect of one may show only at the next.
  for (let times = 0; times < 3; times++) {
    await breakOff(url);
    const { status } = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(refusal);
  }
}
