import { z } from 'zod';
import {
  maxTenantCount,
  type TenantsPage as Page,
  type TenantSort as Sort,
  type TenantSummary as Summary,
} from '../core/stats/tenants.ts';
import { builder } from './builder.ts';
import { texts } from './enums.ts';
import { searchText } from './searchArgs.ts';

const upTo = `Counted up to ${maxTenantCount.toLocaleString('en')}.`;

const TenantSort = builder.enumType('TenantSort', {
  description: 'In which order tenants are listed.',
  values: texts<Sort>({
    NEWEST: 'The newest first.',
    UNWELL: 'Those first that have the most webhooks that are degraded or disabled.',
    EVENTS: 'Those first that published the most of the installation’s latest 100,000 events, within an hour.',
    DELIVERIES: 'Those first that had the most deliveries within an hour.',
  }),
});

const TenantSummary = builder.objectRef<Summary>('TenantSummary').implement({
  description: 'A tenant, and how it is doing.',
  fields: (t) => ({
    organizationId: t.exposeID('id', { description: 'The organization’s id.' }),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: 'The id that your own system has for it: taken wherever its id is.',
    }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    projects: t.exposeInt('projects', { description: 'How many projects it has.' }),
    healthy: t.exposeInt('healthy', { description: 'Its webhooks that are HEALTHY.' }),
    degraded: t.exposeInt('degraded', { description: 'Its webhooks that are DEGRADED.' }),
    disabled: t.exposeInt('disabled', { description: 'Its webhooks that are DISABLED.' }),
    backlog: t.exposeInt('backlog', { description: `Its outbound deliveries that have not ended. ${upTo}` }),
    eventsLastHour: t.exposeInt('eventsLastHour', { description: `Events published within an hour. ${upTo}` }),
    deliveriesLastHour: t.exposeInt('deliveriesLastHour', {
      description: 'Deliveries that were created within an hour and have ended.',
    }),
    successRate: t.exposeFloat('successRate', {
      nullable: true,
      description:
        'Of the last 24 hours: delivered deliveries as a part of all delivered and failed ones, 0 to 1. Null where none ended.',
    }),
  }),
});

const TenantsPage = builder.objectRef<Page>('TenantsPage').implement({
  description: 'Some of the tenants.',
  fields: (t) => ({
    tenants: t.field({
      type: [TenantSummary],
      description: 'In the order that was asked for.',
      resolve: (page) => [...page.tenants],
    }),
    hasMore: t.exposeBoolean('hasMore', { description: 'Whether more follow.' }),
  }),
});

builder.queryFields((t) => ({
  tenants: t.field({
    type: TenantsPage,
    description: 'All tenants and how they are doing. Only the operator may ask.',
    authScopes: { operator: true },
    complexity: ({ limit }) => ({ field: 100, multiplier: limit }),
    args: {
      search: t.arg.string({ description: 'A part of the name, or the whole id or external id.' }),
      sort: t.arg({ type: TenantSort, required: true, defaultValue: 'NEWEST', description: 'The order.' }),
      limit: t.arg.int({
        required: true,
        defaultValue: 50,
        validate: z.int().min(1, 'Ask for 1 at least.').max(100, 'Ask for 100 at most.'),
        description: 'How many: up to 100.',
      }),
      offset: t.arg.int({
        required: true,
        defaultValue: 0,
        validate: z.int().min(0, 'Skip 0 at least.').max(1_000_000, 'Skip 1,000,000 at most: search instead.'),
        description: 'How many to skip.',
      }),
    },
    resolve: (_root, { search, limit, ...request }, { services }) =>
      services.tenants({ ...request, first: limit, search: searchText(search?.trim() ?? '', 'search') }),
  }),
}));
