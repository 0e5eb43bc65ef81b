import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../../core/json/parseJson.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const publish =
  'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id type occurredAt } } }';
const createType = `mutation ($input: CreateEventTypeInput!) {
  createEventType(input: $input) { eventType { name category description schema example } } }`;

describe('events', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    await api.eventType(tenant, 'crane.moved', {
      type: 'object',
      properties: {
        berth: { type: 'integer' },
        labels: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
        },
        state: { enum: ['idle', 'moving'] },
      },
    });
    await api.eventType(tenant, 'any.thing', {});
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  const events = (...list: object[]) => ({ input: { projectId: tenant.projectId, events: list } });
  const stored = async () => (await pool.query('SELECT count(*)::int AS events FROM event')).rows[0].events;

  /** Publishes data as it is written here. @returns the event's id */
  const publishText = async (data: string): Promise<string> => {
    const body = `{"query": ${JSON.stringify(publish)}, "variables": {"input": {"projectId": "${tenant.projectId}", "events": [{"type": "any.thing", "data": ${data}}]}}}`;
    const answer = await api.post(body, { authorization: `Bearer ${tenant.key}` });
    expect(answer.errors, answer.text).toBeUndefined();
    return answer.data.publishEvents.events[0].id;
  };

  it('are answered in the order given, and read back by their ids', async () => {
    const { publishEvents } = await api.data(
      tenant.key,
      publish,
      events(
        { type: 'crane.moved', data: { berth: 1 }, occurredAt: '2026-06-27T11:15:23.5+02:00' },
        { type: 'any.thing', data: [1, 'two', null] },
      ),
    );
    expect(publishEvents.events).toMatchObject([
      { type: 'crane.moved', occurredAt: '2026-06-27T09:15:23.500Z' },
      { type: 'any.thing' },
    ]);
    const { event } = await api.data(
      tenant.key,
      'query ($id: ID!) { event(id: $id) { id type data occurredAt isTest project { id } deliveries { edges { node { id } } } } }',
      { id: publishEvents.events[0].id },
    );
    expect(event).toEqual({
      id: publishEvents.events[0].id,
      type: 'crane.moved',
      data: { berth: 1 },
      occurredAt: '2026-06-27T09:15:23.500Z',
      isTest: false,
      project: { id: tenant.projectId },
      deliveries: { edges: [] },
    });
  });

  it('are all refused where one is wrong, with its place and the path in its data', async () => {
    const before = await stored();
    const cases: [object[], string][] = [
      [
        [
          { type: 'crane.moved', data: {} },
          { type: 'crane.sunk', data: {} },
        ],
        'input.events[1].type',
      ],
      [[{ type: 'crane.moved', data: { berth: 'seven' } }], 'input.events[0].data.berth'],
      [[{ type: 'crane.moved', data: { labels: [{ name: 'a' }, {}] } }], 'input.events[0].data.labels[1].name'],
      [[{ type: 'crane.moved', data: { state: 'sunk' } }], 'input.events[0].data.state'],
      [[{ type: 'crane.moved', data: 5 }], 'input.events[0].data'],
      [
        [
          { type: 'any.thing', data: {} },
          { type: 'any.thing', data: {}, idempotencyKey: '' },
        ],
        'input.events[1].idempotencyKey',
      ],
      [[{ type: 'any.thing', data: {}, idempotencyKey: '\ud800' }], 'input.events[0].idempotencyKey'],
      [[], 'input.events'],
    ];
    for (const [list, field] of cases) {
      expect(await api.refusal(tenant.key, publish, events(...list)), field).toEqual({
        code: 'VALIDATION_FAILED',
        field,
      });
    }
    const many = Array.from({ length: 101 }, () => ({ type: 'any.thing', data: {} }));
    expect((await api.refusal(tenant.key, publish, events(...many))).field).toBe('input.events');
    expect(await stored()).toBe(before);
  });

  it('keep their labels, sorted by key, and show them at once and later', async () => {
    const labels = [
      { key: 'plan', value: 'pro "plus"\\' },
      { key: '__proto__', value: 'ü€😀' },
      { key: 'customer', value: 'c_42' },
    ];
    const sorted = ['__proto__', 'customer', 'plan'].map((key) => labels.find((label) => label.key === key));
    const { publishEvents } = await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id labels { key value } } } }',
      events(
        { type: 'any.thing', data: 1, labels },
        { type: 'any.thing', data: 2 },
        { type: 'any.thing', data: 3, labels: [{ key: 'customer', value: 'c_42' }] },
      ),
    );
    expect(publishEvents.events).toMatchObject([{ labels: sorted }, { labels: [] }, { labels: [labels[2]] }]);
    for (const { id, labels: shown } of publishEvents.events) {
      const { event } = await api.data(tenant.key, 'query ($id: ID!) { event(id: $id) { labels { key value } } }', {
        id,
      });
      expect(event.labels).toEqual(shown);
    }
    const { rows } = await pool.query(
      `SELECT event_id FROM event_label WHERE organization_id = $1 AND key = 'customer' AND value = 'c_42' ORDER BY 1 DESC`,
      [tenant.organizationId],
    );
    expect(rows.map((row) => row.event_id)).toEqual([publishEvents.events[2].id, publishEvents.events[0].id]);
  });

  it('are refused with a label that is wrong, by its place', async () => {
    const before = await stored();
    const many = Array.from({ length: 11 }, (_, n) => ({ key: `k${n}`, value: 'v' }));
    const cases: [object[], string, string][] = [
      [[{ key: 'Customer', value: 'c_42' }], 'VALIDATION_FAILED', 'labels[0].key'],
      [[{ key: 'k'.repeat(41), value: 'v' }], 'VALIDATION_FAILED', 'labels[0].key'],
      [
        [
          { key: 'a', value: 'v' },
          { key: '', value: 'v' },
        ],
        'VALIDATION_FAILED',
        'labels[1].key',
      ],
      [[{ key: 'a', value: '' }], 'VALIDATION_FAILED', 'labels[0].value'],
      [[{ key: 'a', value: 'v'.repeat(201) }], 'VALIDATION_FAILED', 'labels[0].value'],
      [[{ key: 'a', value: 'x\u0000' }], 'VALIDATION_FAILED', 'labels[0].value'],
      [[{ key: 'a', value: '\ud800' }], 'VALIDATION_FAILED', 'labels[0].value'],
      [
        [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
        'VALIDATION_FAILED',
        'labels[1].key',
      ],
      [many, 'LIMIT_EXCEEDED', 'labels'],
    ];
    for (const [labels, code, field] of cases) {
      const list = [
        { type: 'any.thing', data: 1 },
        { type: 'any.thing', data: 2, labels },
      ];
      expect(await api.refusal(tenant.key, publish, events(...list)), JSON.stringify(labels)).toEqual({
        code,
        field: `input.events[1].${field}`,
      });
    }
    expect(await stored()).toBe(before);
  });

  it('are other events with other labels under one idempotency key, in whatever order the labels come', async () => {
    const [a, b] = [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ];
    const send = (labels: object[] | undefined) =>
      events({ type: 'any.thing', data: 1, idempotencyKey: 'labelled', labels });
    const first = await api.data(tenant.key, publish, send([a, b]));
    expect(await api.data(tenant.key, publish, send([b, a]))).toEqual(first);
    for (const other of [[a], [], undefined, [a, { ...b, value: '3' }]]) {
      expect(await api.refusal(tenant.key, publish, send(other))).toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('are validated for everybody, whatever a tenant’s schema says of itself', async () => {
    const schema = { type: 'object', required: ['x'] };
    const make = (name: string, text: object) =>
      api.ask(tenant.key, createType, { input: { projectId: tenant.projectId, name, schema: text } });
    await make('harm.async', { $async: true, ...schema });
    await make('harm.id', { $id: 'https://json-schema.org/draft/2020-12/schema', ...schema });
    for (const type of ['harm.async', 'harm.id']) {
      expect(await api.refusal(tenant.key, publish, events({ type, data: {} })), type).toMatchObject({
        code: 'VALIDATION_FAILED',
      });
    }
    const other = await api.tenant();
    await api.eventType(other, 'crane.moved', schema);
    expect(
      await api.refusal(other.key, publish, {
        input: { projectId: other.projectId, events: [{ type: 'crane.moved', data: {} }] },
      }),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'input.events[0].data.x' });
  });

  it('are read as their own, whatever keys another tenant published before', async () => {
    const other = await api.tenant();
    await api.eventType(other, 'crane.moved', {});
    const data = { a: 1, '\n': 2, 'b"': { '\t': 3 } };
    const schema = { type: 'object', properties: { '\n': { type: 'integer' } }, required: ['\n', 'b"'] };
    const input = { projectId: tenant.projectId, name: 'keys.escaped', schema };
    await api.data(tenant.key, createType, { input });
    for (const key of ['\\', 'b\\']) {
      await api.data(other.key, publish, {
        input: { projectId: other.projectId, events: [{ type: 'crane.moved', data: { a: 1, [key]: { '\\': 2 } } }] },
      });
      const { publishEvents } = await api.data(tenant.key, publish, events({ type: 'keys.escaped', data }));
      const { rows } = await pool.query('SELECT data::text FROM event WHERE id = $1', [publishEvents.events[0].id]);
      expect(rows[0].data).toBe(JSON.stringify(data));
    }
  });

  it('keep the order of keys and the text of numbers, in the store, in answers and on the wire', async () => {
    const receiver = await new Receiver().listen();
    try {
      await api.webhook(tenant, { url: receiver.url, eventTypes: ['any.thing'] });
      const written = '{ "z": 1.0, "2": [1E5,  -0.50], "1": "\\u00e9\\/", "a": {"n": 1.10, "é": "\\ud83d\\ude00"} }';
      const compact = '{"z":1.0,"2":[1E5,-0.50],"1":"\\u00e9\\/","a":{"n":1.10,"é":"\\ud83d\\ude00"}}';
      const id = await publishText(written);
      const { rows } = await pool.query('SELECT data::text FROM event WHERE id = $1', [id]);
      expect(rows[0].data).toBe(compact);
      const answer = await api.ask(tenant.key, 'query ($id: ID!) { event(id: $id) { data } }', { id });
      expect(answer.text).toBe(`{"data":{"event":{"data":${compact}}}}`);
      const [received] = await receiver.count(1);
      expect(received?.body).toContain(`"data":${compact}`);
    } finally {
      await receiver.close();
    }
  });

  it('keep any JSON that a client may send', async () => {
    const checked = fc.asyncProperty(
      // Integers beyond ±2^53 are refused, also those that a generator of doubles happens to write.
      fc.json({ maxDepth: 4 }).filter((text) => text !== 'null' && !/\d{16}/.test(text)),
      async (text) => {
        const id = await publishText(text);
        const { rows } = await pool.query('SELECT data::text FROM event WHERE id = $1', [id]);
        expect(parseJson(rows[0].data)).toEqual(parseJson(text));
      },
    );
    await fc.assert(checked, { numRuns: 30 });
  });

  it('may hold U+0000 and lone surrogates, which are JSON', async () => {
    const id = await publishText('{"a":"\\u0000","b":"\\ud800"}');
    const answer = await api.ask(tenant.key, 'query ($id: ID!) { event(id: $id) { data } }', { id });
    expect(answer.text).toContain('{"a":"\\u0000","b":"\\ud800"}');
  });

  it('may be written as literals of the document', async () => {
    const answer = await api.data(
      tenant.key,
      `mutation { publishEvents(input: { projectId: "${tenant.projectId}", events: [{ type: "any.thing", data: { b: 1.0, a: [1e2] } }] }) { events { id data } } }`,
    );
    const { rows } = await pool.query('SELECT data::text FROM event WHERE id = $1', [
      answer.publishEvents.events[0].id,
    ]);
    expect(rows[0].data).toBe('{"b":1.0,"a":[1e2]}');
  });

  it('refuse integers beyond ±2^53 and keys given twice, with their path', async () => {
    const before = await stored();
    for (const [data, path] of [
      ['{"n":{"big":9007199254740993}}', '.n.big'],
      ['{"a":1,"a":2}', '.a'],
    ] as const) {
      const body = `{"query":${JSON.stringify(publish)},"variables":{"input":{"projectId":"${tenant.projectId}","events":[{"type":"any.thing","data":${data}}]}}}`;
      const answer = await api.post(body, { authorization: `Bearer ${tenant.key}` });
      expect([answer.status, answer.errors?.[0]?.extensions]).toEqual([
        400,
        { code: 'VALIDATION_FAILED', field: `input.events[0].data${path}` },
      ]);
    }
    expect(await stored()).toBe(before);
  });

  it('of an organization go to its own types and to those of the profiles', async () => {
    const input = (type: string, data: object) => ({
      input: { organizationId: tenant.organizationId, events: [{ type, data }] },
    });
    const { eventTypes } = await api.data(tenant.key, '{ eventTypes(profile: ONPLANA) { name example } }');
    const invited = eventTypes.find((type: { name: string }) => type.name === 'member.invited');
    expect(
      (await api.data(tenant.key, publish, input('member.invited', invited.example))).publishEvents.events,
    ).toHaveLength(1);
    expect(await api.refusal(tenant.key, publish, input('crane.moved', {}))).toMatchObject({
      field: 'input.events[0].type',
    });
  });

  describe('types', () => {
    const type = (changes: object = {}) => ({
      input: {
        projectId: tenant.projectId,
        name: `t${Math.random().toString(36).slice(2)}.made`,
        schema: { type: 'object' },
        ...changes,
      },
    });

    it('are listed with what the profile of their project brings', async () => {
      const onplana = await api.tenant('ONPLANA');
      await api.eventType(onplana, 'crane.moved');
      const { eventTypes } = await api.data(
        onplana.key,
        'query ($id: ID!) { eventTypes(projectId: $id) { name category description schema example } }',
        { id: onplana.projectId },
      );
      const names = eventTypes.map((each: { name: string }) => each.name);
      expect(names).toContain('task.created');
      expect(names).toContain('crane.moved');
      const created = eventTypes.find((each: { name: string }) => each.name === 'task.created');
      expect(created.schema.type).toBe('object');
      expect(created.example).toBeTruthy();
    });

    it('keep their schema as it was written', async () => {
      const { input } = type({ category: 'Cranes', description: 'A crane was made.', example: { b: 1, a: 2 } });
      const schema = '{"type":"object","properties":{"2":{"type":"number","maximum":1.50},"1":{}}}';
      const body = JSON.stringify({ query: createType, variables: { input: { ...input, schema: 0 } } }).replace(
        '"schema":0',
        `"schema":${schema}`,
      );
      const answer = await api.post(body, { authorization: `Bearer ${tenant.key}` });
      expect(answer.text).toContain(`"schema":${schema}`);
      const { eventTypes } = await api.data(
        tenant.key,
        'query ($id: ID!) { eventTypes(projectId: $id) { name category example } }',
        { id: tenant.projectId },
      );
      expect(eventTypes.find((each: { name: string }) => each.name === input.name)).toMatchObject({
        category: 'Cranes',
        example: { b: 1, a: 2 },
      });
    });

    it('have one meaning in a scope', async () => {
      const wide = type({ projectId: undefined, organizationId: tenant.organizationId });
      await api.data(tenant.key, createType, wide);
      const conflict = { code: 'CONFLICT', field: 'input.name' };
      expect(await api.refusal(tenant.key, createType, wide)).toEqual(conflict);
      expect(await api.refusal(tenant.key, createType, type({ name: wide.input.name }))).toEqual(conflict);
      const onplana = await api.tenant('ONPLANA');
      expect(
        await api.refusal(onplana.key, createType, type({ projectId: onplana.projectId, name: 'task.created' })),
      ).toEqual(conflict);
    });

    it('are refused with the place in the schema at fault', async () => {
      const nested = Array.from({ length: 40 }).reduce<object>((inner) => ({ items: inner }), {});
      const cases: [object, string, string?][] = [
        [{ name: 'no spaces' }, 'input.name'],
        [{ name: 'a..b' }, 'input.name'],
        [{ schema: [] }, 'input.schema'],
        [{ schema: { type: 'objekt' } }, 'input.schema.type'],
        [{ schema: { properties: { a: { minimum: 'low' } } } }, 'input.schema.properties.a.minimum'],
        [{ schema: { properties: { a: { pattern: '(' } } } }, 'input.schema.properties.a.pattern'],
        [{ schema: { $ref: 'https://example.com/schema.json' } }, 'input.schema.$ref'],
        [{ schema: { properties: { a: { $ref: '#/$defs/missing' } } } }, 'input.schema.properties.a.$ref'],
        [{ schema: { $schema: 'http://json-schema.org/draft-07/schema#' } }, 'input.schema.$schema'],
        [{ schema: { $defs: { a: { $id: '/a' }, b: { $id: '/a' } } } }, 'input.schema.$defs.b.$id'],
        [{ schema: { $defs: { a: { $ref: '#' } }, allOf: [{ $ref: '#/$defs/a' }] } }, 'input.schema.$defs.a.$ref'],
        [{ schema: { description: 'x'.repeat(65_536) } }, 'input.schema', 'LIMIT_EXCEEDED'],
        [{ schema: nested }, `input.schema${'.items'.repeat(32)}`, 'LIMIT_EXCEEDED'],
        [{ schema: { required: ['a'] }, example: {} }, 'input.example.a'],
      ];
      for (const [changes, field, code = 'VALIDATION_FAILED'] of cases) {
        const refusal = await api.refusal(tenant.key, createType, type(changes));
        expect(refusal, JSON.stringify(changes).slice(0, 120)).toEqual({ code, field });
      }
    });

    it('are taken with words that say nothing, of which those are named that look like a mistake', async () => {
      const schema = { properties: { a: { minimun: 1, example: 2, 'x-internal': true, format: 'parcel-number' } } };
      const { createEventType } = await api.data(
        tenant.key,
        `mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { warnings { field message } } }`,
        type({ schema }),
      );
      expect(createEventType.warnings).toEqual([
        {
          field: 'input.schema.properties.a.minimun',
          message: '"minimun" is no keyword, and checks nothing. Did you mean "minimum"?',
        },
      ]);
    });

    it('may refer to themselves and to an own $id', async () => {
      const schema = {
        $id: 'https://example.com/tree',
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $defs: {
          node: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } } },
        },
        $ref: '#/$defs/node',
      };
      // Twice: nothing of the first may be in the way of the second, which may be another tenant's.
      for (const name of ['tree.grown', 'tree.felled']) await api.data(tenant.key, createType, type({ name, schema }));
      expect(
        await api.refusal(tenant.key, publish, events({ type: 'tree.grown', data: { children: [{ children: 1 }] } })),
      ).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.events[0].data.children[0].children',
      });
    });

    it('cannot hold up the process by a pattern that never ends', async () => {
      const patterns = { linear: '^(a+)+$', lookAround: '^(?=(a+)+$)a' };
      const hard = `${'a'.repeat(60)}!`;
      for (const [name, pattern] of Object.entries(patterns)) {
        await api.eventType(tenant, `slow.${name}`, { properties: { a: { type: 'string', pattern } } });
      }
      const refusal = (name: string) =>
        api.refusal(tenant.key, publish, events({ type: `slow.${name}`, data: { a: hard } }));
      expect(await refusal('linear')).toEqual({ code: 'VALIDATION_FAILED', field: 'input.events[0].data.a' });
      expect(await refusal('lookAround')).toEqual({ code: 'LIMIT_EXCEEDED', field: 'input.events[0].data.a' });
      for (const name of Object.keys(patterns)) {
        await api.data(tenant.key, publish, events({ type: `slow.${name}`, data: { a: 'aaa' } }));
      }
    });

    it('that were stored under other rules say what to change, and are in nobody’s way', async () => {
      const stored = async (name: string, schema: object) => {
        await api.eventType(tenant, name, { type: 'object' });
        const { rowCount } = await pool.query('UPDATE event_type SET schema = $2 WHERE name = $1', [
          name,
          JSON.stringify(schema),
        ]);
        expect(rowCount).toBe(1);
      };
      await stored('old.endless', { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { $ref: '#/$defs/a' } } });
      await stored('old.async', { $async: true, required: ['x'] });
      await stored('old.id', { $id: 'https://json-schema.org/draft/2020-12/schema', required: ['x'] });
      const answer = await api.ask(tenant.key, publish, events({ type: 'old.endless', data: {} }));
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringContaining('at "schema.$defs.a.$ref": This leads back to itself'),
        extensions: { code: 'VALIDATION_FAILED', field: 'input.events[0].type' },
      });
      for (const name of ['old.async', 'old.id']) {
        expect(await api.refusal(tenant.key, publish, events({ type: name, data: {} })), name).toEqual({
          code: 'VALIDATION_FAILED',
          field: 'input.events[0].data.x',
        });
        await api.data(tenant.key, publish, events({ type: name, data: { x: 1 } }));
      }
      await api.data(tenant.key, publish, events({ type: 'crane.moved', data: { berth: 1 } }));
    });

    it('are known to publishers at once', async () => {
      const made = type();
      expect(await api.refusal(tenant.key, publish, events({ type: made.input.name, data: {} }))).toMatchObject({
        field: 'input.events[0].type',
      });
      await api.data(tenant.key, createType, made);
      await api.data(tenant.key, publish, events({ type: made.input.name, data: {} }));
    });
  });
});
