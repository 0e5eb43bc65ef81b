import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as express from '../../../client-sdk/src/receivers/express.ts';
import * as fastify from '../../../client-sdk/src/receivers/fastify.ts';
import * as hono from '../../../client-sdk/src/receivers/hono.ts';
import * as koa from '../../../client-sdk/src/receivers/koa.ts';
import * as nest from '../../../client-sdk/src/receivers/nest.ts';
import { standard } from '../../../client-sdk/src/verify/index.ts';
import { breakOff } from '../../support/brokenOff.ts';
import { slowness } from '../../support/slowness.ts';
import { deliver, delivery, maxBytes, post, secret } from './delivery.ts';
import { type Framework, installFrameworks } from './installed.ts';

interface App {
  readonly url: string;
  close(): Promise<void>;
}

/** What a receiver of the test got, and how it is to behave. */
class Taken {
  readonly events: unknown[] = [];
  readonly errors: Error[] = [];
  fails = false;
  readonly options = {
    verify: (request: Parameters<typeof standard>[0]) => standard(request, secret),
    handle: ({ data }: { data: unknown }) => {
      if (this.fails) throw new Error('The database is away.');
      this.events.push(data);
    },
    maxBytes: maxBytes as number | undefined,
    onError: (error: Error) => void this.errors.push(error),
  };
}

const serving = (server: Server): Promise<App> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      }),
    ),
  );

describe('receivers in frameworks', () => {
  let folder: string;
  let load: (name: string) => Promise<Framework>;
  /** Starts an application with the receiver at /hooks, and at /json a route of its own that parses JSON. */
  const applications: Record<string, (taken: Taken, parserFirst: boolean) => Promise<App>> = {
    'Express 5': (taken, parserFirst) => expressApp('express', taken, parserFirst),
    'Express 4': (taken, parserFirst) => expressApp('express4', taken, parserFirst),

    async Koa(taken, parserFirst) {
      const [{ default: Koa }, { default: bodyParser }] = await Promise.all([load('koa'), load('koa-bodyparser')]);
      const app = new Koa();
      app.silent = true;
      // This parser would keep the text; one that does not is the case.
      if (parserFirst) app.use(forgetting(bodyParser()));
      const take = koa.webhook(taken.options);
      app.use((context: Framework, next: Framework) => (context.path === '/hooks' ? take(context) : next()));
      app.use(bodyParser());
      app.use((context: Framework) => {
        context.body = context.request.body;
      });
      app.on('error', (error: Error) => taken.errors.push(error));
      return serving(createServer(app.callback()));
    },

    async Fastify(taken, parserFirst) {
      const { default: Fastify } = await load('fastify');
      const app = Fastify();
      if (parserFirst) {
        app.addHook('preValidation', async (request: Framework) => {
          if (request.body instanceof Uint8Array) request.body = JSON.parse(String(request.body));
        });
        app.setErrorHandler((error: Error, _request: Framework, reply: Framework) => {
          taken.errors.push(error);
          return reply.code(500).send();
        });
      }
      app.post('/json', async (request: Framework) => request.body);
      await app.register(fastify.webhook({ ...taken.options, path: '/hooks' }));
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      return { url, close: () => app.close() };
    },

    async Hono(taken, parserFirst) {
      const [{ Hono }, { getRequestListener }] = await Promise.all([load('hono'), load('@hono/node-server')]);
      const app = new Hono();
      if (parserFirst) {
        app.use(async (context: Framework, next: Framework) => {
          await context.req.json().catch(() => {});
          await next();
        });
      }
      app.post('/hooks', hono.webhook(taken.options));
      app.post('/json', async (context: Framework) => context.json(await context.req.json()));
      app.onError((error: Error, context: Framework) => {
        taken.errors.push(error);
        return context.text('failed', 500);
      });
      return serving(createServer(getRequestListener(app.fetch)));
    },

    'Nest on Express': (taken, parserFirst) =>
      nestApp('ExpressAdapter', '@nestjs/platform-express', taken, !parserFirst),
    'Nest on Fastify': (taken, parserFirst) =>
      nestApp('FastifyAdapter', '@nestjs/platform-fastify', taken, !parserFirst),
  };

  const forgetting = (parser: Framework) => (context: Framework, next: Framework) =>
    parser(context, async () => {
      delete context.request.rawBody;
      await next();
    });

  async function expressApp(name: string, taken: Taken, parserFirst: boolean): Promise<App> {
    const { default: framework } = await load(name);
    const app = framework();
    if (parserFirst) app.use(framework.json({ type: () => true }));
    app.post('/hooks', express.webhook(taken.options));
    app.use(framework.json());
    app.post('/json', (request: Framework, response: Framework) => response.json(request.body));
    app.use((error: Error, _request: Framework, response: Framework, _next: Framework) => {
      taken.errors.push(error);
      response.status((error as Error & { status?: number }).status ?? 500).end();
    });
    return serving(createServer(app));
  }

  async function nestApp(adapter: string, platform: string, taken: Taken, rawBody: boolean): Promise<App> {
    await load('reflect-metadata');
    const [common, { NestFactory }, { [adapter]: Adapter }] = await Promise.all([
      load('@nestjs/common'),
      load('@nestjs/core'),
      load(platform),
    ]);
    const take = nest.webhook(taken.options);
    class Routes {
      async take(request: nest.NestRequest) {
        await take(request).catch((error: Error) => {
          taken.errors.push(error);
          throw error;
        });
      }
      json(body: unknown) {
        return body;
      }
    }
    const method = (name: 'take' | 'json', ...decorators: Framework[]) => {
      const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, name);
      for (const decorate of decorators) decorate(Routes.prototype, name, descriptor);
    };
    method('take', common.Post('hooks'), common.HttpCode(200));
    common.Req()(Routes.prototype, 'take', 0);
    method('json', common.Post('json'));
    common.Body()(Routes.prototype, 'json', 0);
    common.Controller()(Routes);
    class Root {}
    common.Module({ controllers: [Routes] })(Root);
    const onFastify = adapter === 'FastifyAdapter';
    const platformAdapter = onFastify ? new Adapter({ bodyLimit: 4 * 1024 * 1024 }) : new Adapter();
    const app = await NestFactory.create(Root, platformAdapter, { rawBody, logger: false });
    if (!onFastify) app.useBodyParser('json', { limit: '4mb' });
    await app.listen(0, '127.0.0.1');
    return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), close: () => app.close() };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everhook frameworks '));
    load = await installFrameworks(folder);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each(Object.keys(applications))('%s', (name) => {
    let taken: Taken;
    let app: App;
    beforeAll(async () => {
      taken = new Taken();
      app = await (applications[name] as (typeof applications)[string])(taken, false);
    });
    afterAll(() => app.close());

    const types: readonly (readonly [what: string, type: string])[] = [
      ['JSON', 'application/json'],
      ['JSON with a charset', 'application/json; charset=utf-8'],
    ];
    it.each(types)('takes a genuine delivery as %s', async (_what, type) => {
      const { headers, body } = delivery(`{"type":"${type}","price":1.10,"slash":"\\/","⚓":"\u2028"}`);
      const { status } = await post(`${app.url}/hooks`, { ...headers, 'content-type': type }, body);
      expect(status).toBe(200);
      expect(taken.events.at(-1)).toMatchObject({ type, '⚓': '\u2028' });
    });

    it.each(['', 'application/x-www-form-urlencoded', 'text/plain'])(
      'takes a genuine delivery as "%s", or refuses that type, and never calls its signature false',
      async (type) => {
        const status = await deliver(`${app.url}/hooks`, `{"as":"${type}"}`, type);
        if (status === 200) expect(taken.events.at(-1)).toEqual({ as: type });
        // Nest on Fastify takes no types that it has no parser for.
        else expect([name, status]).toEqual(['Nest on Fastify', 415]);
      },
    );

    it('refuses what is not signed with the secret, and says why', async () => {
      const { headers, body } = delivery('{"n":1}');
      const forged = await post(
        `${app.url}/hooks`,
        { ...headers, 'content-type': 'application/json' },
        body.toString().replace('"n":1', '"n":2'),
      );
      expect(forged.status).toBe(401);
      expect(await forged.text()).toContain('signature');
      expect(taken.events).not.toContainEqual({ n: 2 });
    });

    it('answers 503 while the event cannot be handled, so that it comes again', async () => {
      taken.fails = true;
      const { headers, body } = delivery('{"n":3}');
      const { status } = await post(`${app.url}/hooks`, { ...headers, 'content-type': 'application/json' }, body);
      taken.fails = false;
      expect(status).toBe(503);
      expect(taken.errors.some(({ message }) => /database is away|could not be handled/.test(message))).toBe(true);
    });

    it('answers 413 to a body that is too large', async () => {
      const { headers, body } = delivery(`{"text":"${'x'.repeat(2 * maxBytes)}"}`);
      const { status } = await post(`${app.url}/hooks`, { ...headers, 'content-type': 'application/json' }, body);
      expect(status).toBe(413);
    });

    it('takes the largest event where it has the limit that it comes with', async () => {
      const unlimited = new Taken();
      unlimited.options.maxBytes = undefined;
      const other = await (applications[name] as (typeof applications)[string])(unlimited, false);
      try {
        const text = 'x'.repeat(1024 * 1024);
        expect(await deliver(`${other.url}/hooks`, JSON.stringify({ text }))).toBe(200);
        expect(unlimited.events).toEqual([{ text }]);
      } finally {
        await other.close();
      }
    });

    it('outlives a request that breaks off', async () => {
      await breakOff(`${app.url}/hooks`);
      const { headers, body } = delivery('{"n":4}');
      const { status } = await post(`${app.url}/hooks`, { ...headers, 'content-type': 'application/json' }, body);
      expect(status).toBe(200);
    });

    it('leaves other routes their parser', async () => {
      const answer = await post(`${app.url}/json`, { 'content-type': 'application/json' }, '{"its":"own"}');
      expect(await answer.json()).toEqual({ its: 'own' });
    });
  });

  it('a request whose sender left before the receiver began to read ends there', async () => {
    const taken = new Taken();
    const route = express.webhook(taken.options);
    let server: Server | undefined;
    const ended = new Promise<string>((resolve, reject) => {
      server = createServer((request, response) => {
        request.on('error', () => {});
        // Something before the receiver takes its time, and goes on once the sender has left.
        request.once('close', () => {
          const next = (error?: unknown) => resolve(`next ${error}`);
          route(request, response, next).then(() => resolve('settled'), reject);
        });
      });
    });
    const app = await serving(server as Server);
    try {
      await breakOff(`${app.url}/hooks`);
      expect(await ended).toBe('settled');
      expect(taken.errors.map(({ name }) => name)).toEqual(['BrokenOffError']);
      expect(taken.events).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('Fastify takes a genuine delivery whatever parsers of content types were registered before, and these go on elsewhere', async () => {
    const { default: Fastify } = await load('fastify');
    const parsed = (_request: Framework, body: string, done: Framework) => done(null, { parsed: JSON.parse(body) });
    for (const types of ['application/json', '*', /^application\/.*json/, ['text/plain', 'application/json']]) {
      const taken = new Taken();
      const app = Fastify();
      app.removeContentTypeParser('application/json');
      app.addContentTypeParser(types, { parseAs: 'string' }, parsed);
      app.post('/json', async (request: Framework) => request.body);
      await app.register(fastify.webhook({ ...taken.options, path: '/hooks' }));
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      try {
        expect(await deliver(`${url}/hooks`, '{"n":1.10}', 'application/json'), String(types)).toBe(200);
        expect(taken.errors).toEqual([]);
        const own = await post(`${url}/json`, { 'content-type': 'application/json' }, '{"n":1}');
        expect(await own.json()).toEqual({ parsed: { n: 1 } });
      } finally {
        await app.close();
      }
    }
  });

  it.each(Object.keys(applications))(
    '%s says which line to change where a parser took the body first',
    async (name) => {
      const other = new Taken();
      const wrong = await (applications[name] as (typeof applications)[string])(other, true);
      try {
        const { headers, body } = delivery('{"n":5}');
        const sentAt = performance.now();
        const { status } = await post(`${wrong.url}/hooks`, { ...headers, 'content-type': 'application/json' }, body);
        expect(status).toBe(500);
        expect(performance.now() - sentAt).toBeLessThan(1_000 * (await slowness()));
        const [error] = other.errors;
        expect(error).toMatchObject({ name: 'RawBodyError' });
        expect(error?.message).toMatch(
          { F: /hook/, K: /bodyParser\(\)/, N: /rawBody: true/, E: /express\.json\(\)/, H: /c\.req\.json\(\)/ }[
            name.charAt(0)
          ] as RegExp,
        );
        expect(other.events).toEqual([]);
      } finally {
        await wrong.close();
      }
    },
  );
});
