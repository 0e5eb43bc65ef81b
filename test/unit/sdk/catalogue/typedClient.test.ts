import { beforeAll, describe, expect, it } from 'vitest';
import { generateTypes } from '../../../../client-sdk/src/catalogue/index.ts';
import { handlers, type StandardEvent, UnhandledEventError } from '../../../../client-sdk/src/verify/index.ts';
import { type Complaint, compile, pathOf, placeOf } from '../../../support/typeScript.ts';

const types = [
  {
    name: 'order.paid',
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        total: {
          type: 'object',
          properties: { amount: { type: 'number' }, currency: { enum: ['EUR', 'USD'] } },
          required: ['amount', 'currency'],
        },
      },
      required: ['id', 'total'],
    },
  },
  {
    name: 'order.refunded',
    schema: {
      type: 'object',
      properties: { id: { type: 'string' }, reason: { type: ['string', 'null'] } },
      required: ['id'],
      additionalProperties: false,
    },
  },
];

const head = `import { Everhook, type ProjectHandle } from ${pathOf('client-sdk/src/index.ts')};
import * as verify from ${pathOf('client-sdk/src/verify/index.ts')};
import type { Events } from './types.ts';
declare const request: Request;
const everhook = new Everhook<Events>({ url: 'https://hooks.example.com', apiKey: 'key' });
const paid = { type: 'order.paid', data: { id: 'o_1', total: { amount: 5, currency: 'EUR' } } } as const;
`;

/** Programs by what they show. */
const programs = {
  fits: `
    everhook.events.publish({ type: 'order.paid', data: { id: 'o_1', total: { amount: 5, currency: 'EUR' }, note: 'more' } });
    everhook.events.publish({ ...paid, previous: { id: 'o_1', total: { amount: 4, currency: 'USD' } }, labels: { a: 'b' } });
    everhook.events.publishMany([paid, { type: 'order.refunded', data: { id: 'o_1', reason: null } }]);
    everhook.project('p').events.publish({ type: 'order.refunded', data: { id: 'o_1' } });
    const handle: ProjectHandle<Events> = everhook.project('p');
    const general: Everhook = everhook;
    void [handle, general];`,
  untyped: `
    const any = new Everhook({ url: 'https://hooks.example.com', apiKey: 'key' });
    any.events.publish({ type: 'what.ever', data: 7, previous: 'x' });
    any.project('p').events.publishMany([{ type: 'a', data: { b: [] } }]);
    any.project<Events>('p').events.publish(paid);`,
  wrongValue: `everhook.events.publish({ type: 'order.paid', data: { id: 'o_1', total: { amount: '5', currency: 'EUR' } } });`,
  missing: `everhook.events.publish({ type: 'order.paid', data: { id: 'o_1', total: { currency: 'EUR' } } });`,
  misspelt: `everhook.events.publish({ type: 'order.refunded', data: { id: 'o_1', reson: 'x' } });`,
  wrongPrevious: `everhook.events.publish({ ...paid, previous: { id: 'o_1', total: { amount: 5, currency: 'GBP' } } });`,
  unknownType: `everhook.events.publish({ type: 'order.payed', data: { id: 'o_1' } });`,
  fromVariable: `
    const data = { id: 'o_1', total: { amount: '5', currency: 'EUR' as const } };
    everhook.events.publish({ type: 'order.paid', data });`,
  inMany: `everhook.events.publishMany([paid, { type: 'order.refunded', data: { id: 7 } }]);`,
  inProject: `everhook.project('p').events.publish({ type: 'order.refunded', data: { id: 7 } });`,
  union: `
    const event = await verify.standard<Events>(request, 'whsec_');
    if (event.type === 'order.paid') event.data.total.amount.toFixed(2);
    else event.data.reason?.trim();`,
  otherMember: `
    const event = await verify.standard<Events>(request, 'whsec_');
    if (event.type === 'order.refunded') event.data.total;`,
  otherType: `
    const event = await verify.standard<Events>(request, 'whsec_');
    if (event.type === 'order.payed') event;`,
  profiles: `
    const tasks = await verify.tasks<Events & verify.TasksEventData>(request, 's');
    if (tasks.event === 'order.paid') tasks.data.total.amount.toFixed(2);
    if (tasks.event === 'task.assigned') tasks.data.assignee_id.trim();
    const plane = await verify.plane<Events>(request, 's');
    if (plane.event === 'order' && plane.action === 'paid') plane.data.total.amount.toFixed(2);
    const onplana = await verify.onplana<{ 'order.updated': Events['order.refunded'] }>(request, 's');
    onplana.data.diff?.reason?.before?.trim();
    const connection = await verify.planeConnection<Events>(request, 's');
    if (connection.event === 'order.refunded') connection.data.reason;
    const run = await verify.testplanit<Events>(request, 's');
    if (run.event === 'order.refunded') run.data.reason;`,
  handlers: `
    const handle = verify.handlers<Events>()
      .on('order.paid', ({ data }) => data.total.amount.toFixed(2))
      .on('order.refunded', async ({ data }) => data.reason)
      .exhaustive();
    await handle(await verify.standard<Events>(request, 'whsec_'));
    const some = verify.handlers<verify.PlaneEvent>().on('issue.create', ({ data }) => data.name).otherwise(({ event }) => event);
    await some(await verify.plane(request, 's'));`,
  notExhaustive: `verify.handlers<Events>().on('order.paid', () => {}).exhaustive();`,
  handlerOfNoType: `verify.handlers<Events>().on('order.payed', () => {});`,
  twoHandlers: `verify.handlers<Events>().on('order.paid', () => {}).on('order.paid', () => {});`,
};

const files = Object.fromEntries([
  ...Object.entries(programs).map(([name, program]) => [
    `${name}.ts`,
    `${head}${program}\nexport { everhook, paid };\n`,
  ]),
]);
let complaints: Complaint[];

beforeAll(async () => {
  files['types.ts'] = await generateTypes(types, { source: 'a test' });
  complaints = await compile(files);
}, 60_000);

/** What the compiler says of one program, and at which text. */
const said = (name: keyof typeof programs) =>
  complaints
    .filter(({ file }) => file === `${name}.ts`)
    .map((complaint) => ({ message: complaint.message, at: placeOf(complaint, files) }));

const at = (text: string, ...words: string[]) => [
  { at: expect.stringMatching(new RegExp(`^${text}`)), message: expect.stringMatching(new RegExp(words.join('[^]*'))) },
];

describe('a client that knows its catalogue', () => {
  it('publishes what fits, also by a project’s handle; without a catalogue it publishes anything', () => {
    expect(said('fits')).toEqual([]);
    expect(said('untyped')).toEqual([]);
    expect(complaints.filter(({ file }) => !(file in files))).toEqual([]);
  });

  it('does not compile where data does not fit, and the error is at the field or names it', () => {
    expect(said('wrongValue')).toEqual(at('amount', 'string', 'number'));
    expect(said('missing')).toEqual(at('total', "Property 'amount' is missing"));
    expect(said('misspelt')).toEqual(at('reson', "'reson'"));
    expect(said('wrongPrevious')).toEqual(at('currency', 'GBP'));
    expect(said('fromVariable')).toEqual(
      at('\\{ type', "'data.total.amount'", "'string' is not assignable to type 'number'"),
    );
    expect(said('inMany')).toEqual(at('id', 'number', 'string'));
    expect(said('inProject')).toEqual(at('id', 'number', 'string'));
  });

  it('does not compile with a type that the catalogue does not have', () => {
    expect(said('unknownType')).toEqual(at('type', 'order.payed'));
  });
});

describe('what a verifier returns', () => {
  it('is a union of the catalogue’s events, told apart by their names, for every profile', () => {
    expect(said('union')).toEqual([]);
    expect(said('profiles')).toEqual([]);
    expect(said('otherMember')).toEqual(at('total', "'total' does not exist"));
    expect(said('otherType')).toEqual(at('event.type', 'no overlap'));
  });
});

describe('handlers by type', () => {
  it('get the event of their type, and are exhaustive where that is asked for', () => {
    expect(said('handlers')).toEqual([]);
    expect(said('notExhaustive')).toEqual(at('verify.handlers', 'order.refunded'));
    expect(said('handlerOfNoType')).toEqual(at("'order.payed'", 'order.paid'));
    expect(said('twoHandlers')).toEqual(at("'order.paid'", 'order.refunded'));
  });

  const event = (type: string): StandardEvent => ({ id: 'e', type, timestamp: 't', data: { n: 1 } });

  it('are called by the name of the event, in the forms of all profiles', async () => {
    const called: unknown[] = [];
    const handle = handlers()
      .on('order.paid', async ({ id }) => void called.push(id))
      .on('issue.create', () => called.push('issue'))
      .otherwise(({ type }) => called.push(type));
    await handle(event('order.paid'));
    await handle({ event: 'issue', action: 'create', data: {} } as never);
    await handle(event('order.new'));
    await handle(event('constructor'));
    expect(called).toEqual(['e', 'issue', 'order.new', 'constructor']);
  });

  it('pass on what a handler throws, and refuse an event that none is for', async () => {
    const handle = handlers<{ 'a.b': 1 }>()
      .on('a.b', () => Promise.reject(new Error('mine')))
      .exhaustive();
    await expect(handle(event('a.b') as never)).rejects.toThrow('mine');
    const refusal = await handle(event('a.c') as never).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UnhandledEventError);
    expect(refusal).toMatchObject({ eventName: 'a.c' });
  });

  it('come once for each name', () => {
    const some = handlers().on('a.b', () => {});
    expect(() => some.on('a.b', () => {})).toThrow('a.b');
  });
});
