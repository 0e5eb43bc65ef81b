import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlOf } from '../../../dashboard/src/deliveries/curl.ts';
import { type Received, Receiver } from '../../support/receiver.ts';

interface Sent {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

describe('a request copied as curl', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await new Receiver(() => 200).listen();
  });
  afterAll(() => receiver.close());

  /** Runs the command in a shell, as somebody does who pastes it. @returns all requests that it sent */
  async function arrived({ url, headers, body }: Sent): Promise<readonly Received[]> {
    const before = receiver.received.length;
    const shell = spawn('sh', [], { stdio: ['pipe', 'ignore', 'pipe'] });
    const complaints = text(shell.stderr);
    shell.stdin.end(`${curlOf({ method: 'POST', url, headers, body })} --silent --show-error --noproxy '*'\n`);
    expect(await complaints).toBe('');
    return receiver.received.slice(before);
  }

  async function expectSame(sent: Sent): Promise<void> {
    const [request, ...others] = await arrived(sent);
    expect(others).toEqual([]);
    expect(request?.method).toBe('POST');
    expect(request?.body === sent.body, 'the body as it was sent').toBe(true);
    const { pathname, search } = new URL(sent.url);
    expect(request?.path).toBe(pathname + search);
    for (const { name, value } of sent.headers) expect(request?.headers[name.toLowerCase()]).toBe(value);
  }
  const at = (path: string) => new URL(path, receiver.url).href;

  test('is one request, whatever brackets and braces its URL has, and to the same path', async () => {
    for (const path of ['?ids=[1-3]', '?in={a,b}&[]', '?a[]=1&b=%5B&c=%', "it's/%2e%2E/x//y?q='\"$(id)`id`\\!#part"]) {
      await expectSame({ url: at(path), headers: [], body: '{}' });
    }
    const [request] = await arrived({ url: `${receiver.url}a/./b/../c`, headers: [], body: '' });
    expect(request?.path).toBe('/a/./b/../c');
  });

  test('has a body of a megabyte', async () => {
    const body = JSON.stringify({ text: "ö'\n%s\\".repeat(130_000) });
    expect(Buffer.byteLength(body)).toBeGreaterThan(1024 * 1024);
    await expectSame({ url: receiver.url, headers: [{ name: 'Content-Type', value: 'application/json' }], body });
  });

  test('has the headers that it had, also an empty one, and none besides that speak of the body', async () => {
    const headers = [
      { name: 'X-Empty', value: '' },
      { name: 'X-Said', value: `it's "so"; @file <${'x'.repeat(4_000)}>` },
    ];
    const [request] = await arrived({ url: receiver.url, headers, body: 'x'.repeat(2 * 1024 * 1024) });
    expect(request?.headers).toMatchObject({ 'x-empty': '', 'x-said': headers[1]?.value });
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual(
      ['accept', 'content-length', 'host', 'user-agent', 'x-empty', 'x-said'].sort(),
    );
  });

  test('arrives byte for byte, whatever it holds', async () => {
    const hard = fc.constantFrom(
      "'",
      '"',
      '\\',
      '\\n',
      '\\0',
      '%',
      '%s',
      '$',
      '`',
      '!',
      '\n',
      '\r',
      '\t',
      '\0',
      '\x1b[201~',
    );
    const body = fc
      .array(fc.oneof(hard, fc.string({ unit: 'binary' })), { maxLength: 12 })
      .map((parts) => parts.join(''))
      // What came as bytes has no half of a pair.
      .filter((whole) => whole.isWellFormed());
    const ascii = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const value = fc
      .array(fc.oneof(ascii, fc.constantFrom(' ', "'", ';', '@')), { maxLength: 20 })
      .map((parts) => parts.join('').trim());
    const headers = fc
      .array(value, { maxLength: 4 })
      .map((values) => values.map((each, place) => ({ name: `X-${place}!'`, value: each })));
    const url = fc.array(fc.oneof(ascii, fc.constant('é')), { maxLength: 20 }).map((parts) => parts.join(''));
    const isAddress = (rest: string) => URL.canParse(`http://127.0.0.1:9/${rest}`);
    await fc.assert(
      fc.asyncProperty(url.filter(isAddress), headers, body, (rest, some, text) =>
        expectSame({ url: at(`/${rest}`.replace(/^\/[/\\]+/, '/')), headers: some, body: text }),
      ),
      { numRuns: 40 },
    );
  }, 120_000);
});
