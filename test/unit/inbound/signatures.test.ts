import { createHmac } from 'node:crypto';
import { Webhooks } from '@octokit/webhooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { azureDevOpsInbound } from '../../../core/inbound/providers/azureDevOps.ts';
import { gitHubInbound } from '../../../core/inbound/providers/github.ts';
import { signature } from '../../../core/inbound/providers/hmac.ts';
import { jiraInbound } from '../../../core/inbound/providers/jira.ts';
import { proves } from '../../../core/inbound/providers/provider.ts';
import { requireBasicCredentials } from '../../../core/issues/credentials.ts';

const secret = "It's a Secret to Everybody";
const body = Buffer.from('Hello, World!');
const published = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

const request = (headers: Record<string, string>, bytes: Buffer = body) => ({
  header: (name: string) => headers[name] ?? null,
  body: bytes,
});

describe.each([
  { provider: gitHubInbound, header: 'x-hub-signature-256' },
  { provider: jiraInbound, header: 'x-hub-signature' },
])('a signature of $provider.name', ({ provider, header }) => {
  const verify = (value: string, bytes = body) => proves(provider, secret, request({ [header]: value }, bytes));

  it('is the published one for the published secret and body', () => {
    expect(signature(secret, body)).toBe(`sha256=${published}`);
    expect(verify(`sha256=${published}`)).toBe(true);
  });

  it.each([
    ['of another algorithm', `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`],
    ['that names another algorithm', `sha512=${published}`],
    ['without its algorithm', published],
    ['truncated', `sha256=${published.slice(0, -2)}`],
    ['lengthened', `sha256=${published}00`],
    ['in upper-case hexadecimal', `sha256=${published.toUpperCase()}`],
    ['with its algorithm in upper case', `SHA256=${published}`],
    ['twice in one header', `sha256=${published}, sha256=${published}`],
    ['of another secret', signature('another', body)],
    ['of nothing', 'sha256='],
    ['that is empty', ''],
  ])('is refused %s', (_what, value) => {
    expect(verify(value)).toBe(false);
  });

  it('is refused when it is missing, or under another header', () => {
    expect(proves(provider, secret, request({}))).toBe(false);
    expect(proves(provider, secret, request({ 'x-signature': `sha256=${published}` }))).toBe(false);
  });

  it('is refused for a body that differs in one byte, or was serialized again from its JSON', () => {
    const altered = Buffer.from(body);
    altered[3] = (altered[3] as number) ^ 1;
    expect(verify(`sha256=${published}`, altered)).toBe(false);
    const json = Buffer.from('{ "a": 1.0 }');
    expect(verify(signature(secret, json), json)).toBe(true);
    expect(verify(signature(secret, json), Buffer.from(JSON.stringify(JSON.parse(json.toString()))))).toBe(false);
  });
});

describe('a signature of GitHub', () => {
  const oracle = new Webhooks({ secret });

  it('is the one that @octokit/webhooks makes and accepts, for any body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => {
        const bytes = Buffer.from(text);
        const made = await oracle.sign(text);
        expect(signature(secret, bytes)).toBe(made);
        expect(proves(gitHubInbound, secret, request({ 'x-hub-signature-256': made }, bytes))).toBe(true);
        expect(await oracle.verify(text, signature(secret, bytes))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is refused for any change of any byte of the body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const original = Buffer.from(bytes);
        const altered = Buffer.from(bytes);
        altered[at % altered.length] = (altered[at % altered.length] as number) ^ change;
        const header = { 'x-hub-signature-256': signature(secret, original) };
        return (
          proves(gitHubInbound, secret, request(header, original)) &&
          !proves(gitHubInbound, secret, request(header, altered))
        );
      }),
    );
  });
});

describe('credentials of Azure DevOps', () => {
  const credentials = 'crane:päss:word 0123456789';
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const verify = (authorization: string) => proves(azureDevOpsInbound, credentials, request({ authorization }));

  it('are the user name and password of the service hook', () => {
    expect(verify(basic(credentials))).toBe(true);
    expect(verify(basic(credentials).replace('Basic', 'basic'))).toBe(true);
  });

  it.each([
    ['with another user name', basic('crane2:päss:word 0123456789')],
    ['with another password', basic('crane:päss:word 0123456780')],
    ['with half of it', basic('crane')],
    ['with nothing', basic('')],
    ['of another scheme', `Bearer ${Buffer.from(credentials).toString('base64')}`],
    ['that are not encoded', `Basic ${credentials}`],
    ['that are empty', ''],
  ])('are refused %s', (_what, authorization) => {
    expect(verify(authorization)).toBe(false);
  });

  it('are accepted from a request whenever they could be stored, however long and of whatever script', () => {
    const longest = requireBasicCredentials('\u{1f6a2}'.repeat(256), '\u{1f3d7}'.repeat(1_024));
    const given = request({ authorization: basic(longest) });
    expect(proves(azureDevOpsInbound, longest, given)).toBe(true);
    const refused = (name: string, password: string) => {
      try {
        return requireBasicCredentials(name, password);
      } catch (error) {
        return error;
      }
    };
    const valid = 'correct horse battery';
    expect(refused('\u{1f6a2}'.repeat(257), valid)).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.username',
    });
    expect(refused('crane', 'x'.repeat(1_025))).toMatchObject({ code: 'VALIDATION_FAILED', field: 'input.password' });
  });

  it('are refused when there are none', () => {
    expect(proves(azureDevOpsInbound, credentials, request({}))).toBe(false);
  });
});

describe('a test request', () => {
  it.each([
    { provider: gitHubInbound, proof: secret },
    { provider: jiraInbound, proof: secret },
    { provider: azureDevOpsInbound, proof: 'crane:password-0123' },
  ])('of $provider.name is authentic and names an issue that cannot exist', ({ provider, proof }) => {
    const made = provider.testRequest(proof);
    expect(proves(provider, proof, made)).toBe(true);
    expect(proves(provider, 'another:secret-0123', made)).toBe(false);
    const report = provider.interpret(made, JSON.parse(made.body.toString()));
    expect(report.meaning).toEqual({ kind: 'test' });
    expect(report.identity).toMatch(/^[0-9a-f-]{36}$/);
  });
});
