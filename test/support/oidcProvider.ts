import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { Provider } from 'oidc-provider';

type Claims = Record<string, unknown>;

export interface OidcProvider {
  readonly url: string;
  /** People by the login that they enter; the login is their `sub`. Changed or removed, that shows at the next refresh. */
  readonly people: Map<string, Claims>;
  /** Changes the claims of ID tokens, which are signed anew. */
  tamper: ((claims: Claims) => Claims) | null;
  /** Signs its ID tokens otherwise: by a key that it does not publish, by nothing, or by the secret that its client knows. */
  forge: 'another key' | 'none' | 'the client’s secret' | null;
  /** Whether it answers 503 to servers; browsers still get its pages. */
  away: boolean;
  /** What something before it answers to servers in its place: a status for a path, such as `/token`; null leaves it to the provider. */
  instead: ((path: string) => number | null) | null;
  /** Codes and tokens that it gave out, and what servers showed it to get them. */
  readonly given: Set<string>;
  /** How often its token endpoint was asked, by grant. */
  readonly asked: { authorization_code: number; refresh_token: number };
  close(): Promise<void>;
}

export interface OidcClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly signedOutUris?: readonly string[];
}

/** A real provider of OpenID Connect, on another site than 127.0.0.1 is. */
export async function startOidcProvider(
  client: OidcClient,
  { signOut = true }: { readonly signOut?: boolean } = {},
): Promise<OidcProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'k1' };
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, Claims>();

  const provider = new Provider(url, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.signedOutUris ?? [],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['not a secret of anybody'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: signOut } },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: async (_context: unknown, sub: string) => {
      const claims = people.get(sub);
      return claims && { accountId: sub, claims: async () => ({ sub, ...claims }) };
    },
    // Nobody is asked for their consent.
    async loadExistingGrant(context: {
      oidc: {
        provider: { Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<unknown> } };
        client: { clientId: string };
        session: { accountId: string };
      };
    }) {
      const { provider: issuing, client: asking, session } = context.oidc;
      const grant = new issuing.Grant({ clientId: asking.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email groups offline_access');
      await grant.save();
      return grant;
    },
  });
  const serve = provider.callback();
  const made: OidcProvider = {
    url,
    people,
    tamper: null,
    forge: null,
    away: false,
    instead: null,
    given: new Set(),
    asked: { authorization_code: 0, refresh_token: 0 },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function signed(claims: Claims, forge: OidcProvider['forge']): Promise<string> {
    if (forge === 'none') return new UnsecuredJWT(claims).encode();
    if (forge === 'the client’s secret') {
      const secret = new TextEncoder().encode(client.clientSecret);
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    }
    const by = forge === null ? privateKey : (await generateKeyPair('RS256')).privateKey;
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(by);
  }

  /** The token endpoint's answer, with what the test changes in it. */
  async function changed(text: string): Promise<string> {
    const answered = JSON.parse(text) as Record<string, string>;
    if ((made.tamper || made.forge) && answered.id_token) {
      const before = decodeJwt(answered.id_token);
      answered.id_token = await signed(made.tamper?.(before) ?? before, made.forge);
    }
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (answered[name]) made.given.add(answered[name]);
    }
    return JSON.stringify(answered);
  }

  answer = (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const isOfServers = path === '/token' || path === '/me' || path === '/jwks' || path.startsWith('/.well-known');
    if (made.away && isOfServers) {
      response.writeHead(503).end();
      return;
    }
    const status = isOfServers ? (made.instead?.(path) ?? null) : null;
    if (status !== null) {
      response.writeHead(status, { location: '/maintenance', 'content-type': 'text/html' }).end('<p>Maintenance</p>');
      return;
    }
    if (path !== '/token') return serve(request, response);
    void token(request, response);
  };

  async function token(request: IncomingMessage & { body?: string }, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    // The provider takes a body that was read already.
    request.body = Buffer.concat(pieces).toString('utf8');
    const asked = new URLSearchParams(request.body);
    for (const name of ['code', 'code_verifier', 'refresh_token']) {
      const shown = asked.get(name);
      if (shown !== null) made.given.add(shown);
    }
    const grant = asked.get('grant_type');
    if (grant === 'authorization_code' || grant === 'refresh_token') made.asked[grant] += 1;
    const end = response.end.bind(response);
    response.end = ((text?: string | Buffer) => {
      const body = String(text ?? '');
      if (response.statusCode !== 200) return end(body);
      void changed(body).then((sent) => {
        response.setHeader('content-length', Buffer.byteLength(sent));
        end(sent);
      });
      return response;
    }) as typeof response.end;
    serve(request, response);
  }
  return made;
}
