import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook } from '../../../client-sdk/src/index.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';

describe('a type with a compatibility', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let everhook: Everhook;
  let scope: { projectId: string };
  let names = 0;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    scope = { projectId: tenant.projectId };
  });
  afterAll(() => api.close());

  const paid = (amount: object = { type: 'integer' }) => ({
    type: 'object',
    properties: { total: { type: 'object', properties: { amount } } },
  });
  const name = () => `order.paid_${++names}`;
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail('it succeeded'),
      // biome-ignore lint/suspicious/noExplicitAny: an error of any class
      (error: any) => ({ code: error.code, field: error.field, message: error.message }),
    );

  it('refuses a change that breaks it, by “update” and by “upsert”, with the path that breaks', async () => {
    const type = await everhook.eventTypes.create({
      ...scope,
      name: name(),
      schema: paid(),
      compatibility: 'FORWARD',
    });
    expect(type.compatibility).toBe('FORWARD');
    const wider = paid({ type: 'number' });
    const expected = {
      code: 'CONFLICT',
      field: 'input.schema.properties.total.properties.amount',
      message: expect.stringContaining('"data.total.amount" may be number'),
    };
    expect(await refusal(everhook.eventTypes.update(type.id, { schema: wider }))).toEqual(expected);
    expect(await refusal(everhook.eventTypes.upsert({ ...scope, name: type.name, schema: wider }))).toEqual(expected);
    expect(await everhook.eventTypes.get(type.id)).toMatchObject({ version: 1, schema: paid() });
    const narrower = paid({ type: 'integer', minimum: 0 });
    expect(await everhook.eventTypes.update(type.id, { schema: narrower })).toMatchObject({ version: 2 });
  });

  it('is compared while others are served, however much its schemas refer to one another', async () => {
    const parts = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const tangle = (type: string) => ({
      anyOf: parts.map((part) => ({ $ref: `#/$defs/${part}` })),
      $defs: Object.fromEntries(
        parts.map((part, index) => [
          part,
          {
            properties: Object.fromEntries(parts.map((other) => [`p${other}`, { $ref: `#/$defs/${other}` }])),
            anyOf: [{ type: 'object' }, { type, minLength: index }],
          },
        ]),
      ),
    });
    const type = name();
    await everhook.eventTypes.create({ ...scope, name: type, schema: tangle('string') });
    const others = new Everhook({ url: api.url, apiKey: (await api.tenant()).key });
    let isOver = false;
    const planning = everhook.eventTypes.plan({ ...scope, types: [{ name: type, schema: tangle('number') }] });
    const over = planning.finally(() => {
      isOver = true;
    });
    let served = 0;
    for (; !isOver; served++) await others.viewer();
    await over;
    expect((await planning).types[0]?.breaks).not.toEqual([]);
    // It would be one or two if the whole comparison had the thread.
    expect(served).toBeGreaterThan(10);
  });

  it('takes it where the same change says so; versions and the audit log tell', async () => {
    const type = await everhook.eventTypes.create({ ...scope, name: name(), schema: paid(), compatibility: 'FULL' });
    const changed = await everhook.eventTypes.update(type.id, {
      schema: paid({ type: 'string' }),
      compatibility: 'NONE',
    });
    expect(changed).toMatchObject({ version: 2, compatibility: 'NONE' });
    const versions = await everhook.eventTypes.versions(type.id).page();
    expect(versions.items.map(({ compatibility, changed }) => [compatibility, changed])).toEqual([
      ['NONE', ['SCHEMA', 'COMPATIBILITY']],
      ['FULL', []],
    ]);
    const { items } = await everhook.audit.list({ organizationId: tenant.organizationId, targetId: type.id }).page();
    expect(items.map(({ action, before, after }) => [action, before, after])).toEqual([
      [
        'EVENT_TYPE_UPDATED',
        expect.objectContaining({ compatibility: 'FULL' }),
        expect.objectContaining({ compatibility: 'NONE' }),
      ],
      ['EVENT_TYPE_CREATED', null, expect.objectContaining({ compatibility: 'FULL' })],
    ]);
  });

  it('has none where none is given, and a profile’s type has nothing to keep', async () => {
    const type = await everhook.eventTypes.create({ ...scope, name: name(), schema: paid() });
    expect(type.compatibility).toBe('NONE');
    expect(await everhook.eventTypes.update(type.id, { schema: { type: 'string' } })).toMatchObject({ version: 2 });
    const [brought] = await everhook.eventTypes.list({ profile: 'TASKS' });
    expect(brought?.compatibility).toBeNull();
  });

  describe('and types that are applied together', () => {
    it('are planned before: added, changed, unchanged, whom it breaks, what is refused; then all or none are made', async () => {
      const [kept, same, added] = [name(), name(), name()];
      await everhook.eventTypes.create({ ...scope, name: kept, schema: paid(), compatibility: 'FORWARD' });
      await everhook.eventTypes.create({ ...scope, name: same, schema: paid() });
      const wider = {
        ...scope,
        types: [
          { name: added, schema: paid() },
          { name: same, schema: paid() },
          { name: kept, schema: paid({ type: 'number' }) },
        ],
      };
      const { types } = await everhook.eventTypes.plan(wider);
      expect(types.map(({ change, refusal }) => [change, refusal?.field ?? null])).toEqual([
        ['ADDED', null],
        ['UNCHANGED', null],
        ['CHANGED', 'input.types[2].schema.properties.total.properties.amount'],
      ]);
      expect(types[2]?.breaks).toMatchObject([{ direction: 'FORWARD', path: 'data.total.amount', decided: true }]);
      expect(await refusal(everhook.eventTypes.apply(wider))).toMatchObject({
        code: 'CONFLICT',
        field: 'input.types[2].schema.properties.total.properties.amount',
      });
      expect((await everhook.eventTypes.list(scope)).map((type) => type.name)).not.toContain(added);

      const fitting = {
        ...scope,
        types: wider.types.map((type) => (type.name === kept ? { ...type, compatibility: 'BACKWARD' as const } : type)),
      };
      const applied = await everhook.eventTypes.apply(fitting);
      expect(applied.types.map(({ change }) => change)).toEqual(['ADDED', 'UNCHANGED', 'CHANGED']);
      expect(await everhook.eventTypes.get(kept, scope)).toMatchObject({ version: 2, compatibility: 'BACKWARD' });
      expect(await everhook.eventTypes.get(same, scope)).toMatchObject({ version: 1 });
      const again = await everhook.eventTypes.apply(fitting);
      expect(again.types.map(({ change }) => change)).toEqual(['UNCHANGED', 'UNCHANGED', 'UNCHANGED']);
      expect(await everhook.eventTypes.get(kept, scope)).toMatchObject({ version: 2 });
    });

    it('are refused by the place of what is wrong, in the plan for each, and nothing is made', async () => {
      const [good, bad] = [name(), name()];
      const wrong = {
        ...scope,
        types: [
          { name: good, schema: paid() },
          { name: bad, schema: { type: 'objekt' } },
          { name: 'not a name', schema: {} },
          { name: `${bad}_2`, schema: { type: 'string' }, example: 7 },
        ],
      };
      const { types } = await everhook.eventTypes.plan(wrong);
      expect(types.map(({ refusal }) => refusal?.field ?? null)).toEqual([
        null,
        'input.types[1].schema.type',
        'input.types[2].name',
        'input.types[3].example',
      ]);
      expect(await refusal(everhook.eventTypes.apply(wrong))).toMatchObject({ field: 'input.types[1].schema.type' });
      expect(await refusal(everhook.eventTypes.get(good, scope))).toMatchObject({ code: 'NOT_FOUND' });
      const twice = {
        ...scope,
        types: [
          { name: good, schema: {} },
          { name: good, schema: {} },
        ],
      };
      expect(await refusal(everhook.eventTypes.apply(twice))).toMatchObject({ field: 'input.types[1].name' });
    });

    it('are one transaction: where the last one cannot be made, the first is not', async () => {
      const [first, taken] = [name(), name()];
      const organization = { organizationId: tenant.organizationId };
      await everhook.eventTypes.create({ ...organization, name: taken, schema: {} });
      const call = everhook.eventTypes.apply({
        ...scope,
        types: [
          { name: first, schema: {} },
          { name: taken, schema: {} },
        ],
      });
      expect(await refusal(call)).toMatchObject({ code: 'CONFLICT', field: 'input.types[1].name' });
      expect(await refusal(everhook.eventTypes.get(first, scope))).toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
