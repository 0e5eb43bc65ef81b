import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJwks } from '../../../core/access/jwks.ts';
import { createTokenVerifier, looksLikeJwt } from '../../../core/access/jwt.ts';
import type { Config } from '../../../core/composition/config.ts';
import { createLog } from '../../../core/ground/log.ts';

type JwtConfig = NonNullable<Config['jwt']>;

const log = pino({ level: 'silent' });
const secret = 'a secret shared with the identity provider';
const issuer = 'https://id.example/';
const audience = 'everhook';

const shared = (changes: Partial<JwtConfig> = {}): JwtConfig => ({
  keys: { secret },
  issuer,
  audience,
  algorithms: ['HS256'],
  clockToleranceSeconds: 5,
  ...changes,
});

const seconds = () => Math.floor(Date.now() / 1_000);
const claims = (changes: Record<string, unknown> = {}): JWTPayload => ({
  sub: 'ada',
  iss: issuer,
  aud: audience,
  exp: seconds() + 600,
  ...changes,
});
const sign = (
  payload: JWTPayload,
  key: Parameters<SignJWT['sign']>[0] = Buffer.from(secret),
  header = { alg: 'HS256' },
) => new SignJWT(payload).setProtectedHeader(header).sign(key);

const code = (verifying: Promise<unknown>) =>
  verifying.then(
    () => 'let in',
    (error: { code: string }) => error.code,
  );

describe('a token under a shared secret', () => {
  const verify = createTokenVerifier(shared(), log);

  it('authenticates its subject until it expires, within the tolerance of clocks', async () => {
    const exp = seconds() + 600;
    expect(await verify(await sign(claims({ exp })))).toEqual({ userId: 'ada', expiresAt: (exp + 5) * 1_000 });
  });

  it.each<[string, Record<string, unknown>]>([
    ['has expired', { exp: seconds() - 60 }],
    ['never expires', { exp: undefined }],
    ['is not valid yet', { nbf: seconds() + 60 }],
    ['is of another issuer', { iss: 'https://id.example' }],
    ['names no issuer', { iss: undefined }],
    ['is for another audience', { aud: ['billing', 'everhooks'] }],
    ['names no audience', { aud: undefined }],
    ['has no subject', { sub: undefined }],
    ['has an empty subject', { sub: '' }],
    ['has a subject of 256 characters', { sub: 'x'.repeat(256) }],
  ])('is refused when it %s', async (_what, changes) => {
    expect(await code(verify(await sign(claims(changes))))).toBe('UNAUTHENTICATED');
  });

  it('is accepted up to the tolerance of clocks, and not beyond', async () => {
    expect(await code(verify(await sign(claims({ exp: seconds() - 2 }))))).toBe('let in');
    expect(await code(verify(await sign(claims({ exp: seconds() - 8 }))))).toBe('UNAUTHENTICATED');
  });

  it('is refused when any part of it was changed, or another secret signed it', async () => {
    const [header, payload, signature] = (await sign(claims())).split('.') as [string, string, string];
    const other = Buffer.from(JSON.stringify(claims({ sub: 'eve' }))).toString('base64url');
    expect(await code(verify(`${header}.${other}.${signature}`))).toBe('UNAUTHENTICATED');
    expect(await code(verify(`${header}.${payload}.`))).toBe('UNAUTHENTICATED');
    expect(await code(verify(await sign(claims(), Buffer.from('another secret of thirty-two bytes'))))).toBe(
      'UNAUTHENTICATED',
    );
  });

  it('is refused under any algorithm that was not configured, "none" above all', async () => {
    const unsigned = new UnsecuredJWT(claims()).encode();
    expect(looksLikeJwt(unsigned)).toBe(true);
    expect(await code(verify(unsigned))).toBe('UNAUTHENTICATED');
    expect(await code(verify(await sign(claims(), undefined, { alg: 'HS512' })))).toBe('UNAUTHENTICATED');
    for (const alg of ['none', 'None', 'nOnE', 'HS256 ', '']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      const [, payload, signature] = (await sign(claims())).split('.');
      expect(await code(verify(`${header}.${payload}.${signature}`))).toBe('UNAUTHENTICATED');
    }
  });
});

describe('a token under a key set', () => {
  let server: Server;
  let url: string;
  let first: GenerateKeyPairResult;
  let second: GenerateKeyPairResult;
  let publish: unknown;
  let status: number;
  let fetched: number;
  let now: number;

  beforeAll(async () => {
    first = await generateKeyPair('RS256', { extractable: true });
    second = await generateKeyPair('RS256', { extractable: true });
    server = createServer((_request, response) => {
      fetched += 1;
      response.writeHead(status, status === 302 ? { location: `${url}/elsewhere` } : {});
      response.end(typeof publish === 'string' ? publish : JSON.stringify(publish));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(async () => {
    publish = { keys: [await jwk(first, 'first')] };
    status = 200;
    fetched = 0;
    now = 1_000_000;
  });

  const jwk = async ({ publicKey }: GenerateKeyPairResult, kid: string) => ({
    ...(await exportJWK(publicKey)),
    kid,
    alg: 'RS256',
    use: 'sig',
  });
  const config = (): JwtConfig => shared({ keys: { jwksUrl: url }, algorithms: ['RS256', 'ES256'] });
  const by = ({ privateKey }: GenerateKeyPairResult, kid: string) =>
    sign(claims(), privateKey, { alg: 'RS256', kid } as never);
  const header = (kid: string) => ({ alg: 'RS256', kid });
  const find = (jwks: ReturnType<typeof createJwks>, kid: string) =>
    code(Promise.resolve(jwks(header(kid), {} as never)));

  it('is accepted when a published key signed it, and the key set is fetched once for all tokens', async () => {
    const verify = createTokenVerifier(config(), log);
    const token = await by(first, 'first');
    expect(await Promise.all([code(verify(token)), code(verify(token)), code(verify(token))])).toEqual([
      'let in',
      'let in',
      'let in',
    ]);
    expect(fetched).toBe(1);
    expect(await code(verify(await by(second, 'first')))).toBe('UNAUTHENTICATED');
  });

  it('cannot be made with the public key as the secret of an HMAC', async () => {
    const pem = Buffer.from(await exportSPKI(first.publicKey));
    const modulus = Buffer.from((await exportJWK(first.publicKey)).n as string, 'base64url');
    const verify = createTokenVerifier(config(), log);
    for (const key of [pem, modulus]) {
      const forged = await sign(claims(), key, { alg: 'HS256', kid: 'first' } as never);
      expect(await code(verify(forged))).toBe('UNAUTHENTICATED');
    }
    expect(fetched).toBe(0);
  });

  it('is accepted under a key that the provider has just rotated to', async () => {
    const jwks = createJwks({ url, log, now: () => now });
    expect(await find(jwks, 'first')).toBe('let in');
    publish = { keys: [await jwk(second, 'second')] };
    now += 60_000;
    expect(await find(jwks, 'second')).toBe('let in');
    expect(fetched).toBe(2);
  });

  it('with a made-up key id causes at most four fetches of the key set a minute', async () => {
    const jwks = createJwks({ url, log, now: () => now });
    for (let second = 0; second < 60; second++) {
      expect(await find(jwks, `made up ${second}`)).toBe('ERR_JWKS_NO_MATCHING_KEY');
      now += 1_000;
    }
    expect(fetched).toBeLessThanOrEqual(5);
  });

  it('is accepted for a day while the provider is away, and is UNAVAILABLE, not invalid, without any key', async () => {
    const jwks = createJwks({ url, log, now: () => now });
    status = 503;
    expect(await find(jwks, 'first')).toBe('UNAVAILABLE');
    status = 200;
    now += 20_000;
    expect(await find(jwks, 'first')).toBe('let in');
    status = 503;
    now += 23 * 3_600_000;
    expect(await find(jwks, 'first')).toBe('let in');
    now += 3_600_000;
    expect(await find(jwks, 'first')).toBe('UNAVAILABLE');
  });

  it('is told in the log as the provider’s absence, and not as the database’s', async () => {
    const lines: string[] = [];
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const away = async () => Promise.reject(new TypeError('fetch failed', { cause: refused }));
    const jwks = createJwks({
      url,
      fetch: away,
      log: createLog('warn', 'test', { write: (line) => void lines.push(line) }),
    });
    expect(await find(jwks, 'first')).toBe('UNAVAILABLE');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ part: 'identity provider', cause: 'ECONNREFUSED' }]);
  });

  it.each([
    ['a redirect', 302, {}],
    ['no JSON', 200, '<html>'],
    ['no key set', 200, { keys: 'none' }],
    ['more than 256 KiB', 200, { keys: [], padding: 'x'.repeat(300_000) }],
  ])('is UNAVAILABLE where the provider answers with %s', async (_what, answered, body) => {
    status = answered;
    publish = body;
    expect(await find(createJwks({ url, log }), 'first')).toBe('UNAVAILABLE');
    expect(fetched).toBe(1);
  });
});
