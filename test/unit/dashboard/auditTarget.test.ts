import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditAction, AuditTargetType } from '@everhook/sdk';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { auditTarget } from '../../../dashboard/src/settings/auditTarget.ts';
import de from '../../../dashboard/src/words/de/settings.ts';
import en from '../../../dashboard/src/words/en/settings.ts';

const schema = buildSchema(readFileSync(join(packageRoot, 'schema/schema.graphql'), 'utf8'));
const valuesOf = (name: string) => (schema.getType(name) as GraphQLEnumType).getValues().map((value) => value.name);

const row = (targetType: AuditTargetType, more: object = {}) => ({
  action: 'OTHER' as AuditAction,
  targetType,
  targetId: 't1',
  targetName: 'Berth board',
  targetIsGone: false,
  projectId: 'p1',
  after: null,
  ...more,
});

/** Where what is there is seen, and what is left of what is gone. */
const paths: Readonly<Record<AuditTargetType, readonly [present: string | null, gone: string | null]>> = {
  API_KEY: ['/o/o1/settings?tab=keys&project=p1', '/o/o1/settings?tab=keys&project=p1'],
  DELIVERY: ['/o/o1/deliveries/t1?project=p1', null],
  ERASURE: ['/o/o1/settings?tab=erasures&erasure=t1&project=p1', '/o/o1/settings?tab=erasures&erasure=t1&project=p1'],
  EVENT_TYPE: ['/o/o1/catalogue/Berth%20board?project=p1', null],
  INBOUND_WEBHOOK: ['/o/o1/inbound?project=p1', null],
  ISSUE_INTEGRATION: ['/o/o1/inbound?project=p1', null],
  MEMBER: ['/o/o1/settings?tab=members&project=p1', null],
  ORGANIZATION: ['/o/o1/settings?tab=organization&project=p1', '/deletions/d1'],
  OTHER: [null, null],
  PORTAL_LINK: ['/o/o1/settings?tab=portal&project=p1', '/o/o1/settings?tab=portal&project=p1'],
  PORTAL_THEME: ['/o/o1/settings?tab=portal&project=p1', null],
  PROJECT: ['/o/o1/overview?project=t1', '/o/o1/settings?tab=projects&deletion=d1'],
  RECOVERY: ['/o/o1/deliveries?recovery=t1&project=p1', null],
  ROLE: ['/o/o1/settings?tab=permissions&project=p1', '/o/o1/settings?tab=permissions&project=p1'],
  SESSION: ['/o/o1/settings?tab=members&project=p1', '/o/o1/settings?tab=members&project=p1'],
  WEBHOOK: ['/o/o1/webhooks/t1?project=p1', '/o/o1/deliveries?webhook=t1&project=p1'],
};

describe('an entry of the audit log', () => {
  test.each(valuesOf('AuditTargetType') as AuditTargetType[])('about %s names it and leads to it', (type) => {
    const [present, gone] = paths[type];
    expect(auditTarget(row(type), 'o1')).toEqual({ name: 'Berth board', isGone: false, path: present });
    const after = { deletionId: 'd1' };
    expect(auditTarget(row(type, { targetIsGone: true, after }), 'o1')).toEqual({
      name: 'Berth board',
      isGone: true,
      path: gone,
    });
    expect(auditTarget(row(type, { targetName: null }), 'o1').name).toBe('t1');
  });

  test('has words for every action and every kind of target, in every language', () => {
    for (const words of [en, de]) {
      expect(Object.keys(words.audit.done).sort()).toEqual(valuesOf('AuditAction').sort());
      expect(Object.keys(words.audit.target).sort()).toEqual(valuesOf('AuditTargetType').sort());
    }
  });
});
