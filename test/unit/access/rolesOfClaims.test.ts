import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Issuer, RoleRule } from '../../../core/oidc/issuer.ts';
import { looksLikePersonOf, personOf } from '../../../core/oidc/issuer.ts';
import { nameIn, wantedRoles } from '../../../core/oidc/roles.ts';

const issuer = (roles: readonly RoleRule[], more: Partial<Issuer> = {}): Issuer => ({
  name: 'acme',
  label: 'Acme',
  url: 'https://id.acme.example',
  clientId: 'everhook',
  clientSecret: null,
  scopes: null,
  parameters: {},
  groupsClaim: 'groups',
  roles,
  createMembers: true,
  clockToleranceSeconds: 10,
  ...more,
});
const rule = (more: Partial<RoleRule>): RoleRule => ({
  for: { everyone: true },
  organization: 'acme',
  project: null,
  role: 'VIEWER',
  ...more,
});
const wanted = (roles: readonly RoleRule[], claims: object, more: Partial<Issuer> = {}) =>
  Object.fromEntries(wantedRoles(issuer(roles, more), claims as Record<string, unknown>));

describe('the roles that claims mean', () => {
  const admins = rule({ for: { group: 'admins' }, role: 'ADMIN' });
  const members = rule({ for: { group: 'staff' }, role: 'MEMBER' });
  const shop = rule({ for: { group: 'shop' }, role: 'PROJECT_ADMIN', project: 'shop' });

  it.each([
    ['no groups', {}, { role: null, projects: [] }],
    ['a group of no rule', { groups: ['guests'] }, { role: null, projects: [] }],
    ['one group', { groups: ['staff'] }, { role: 'MEMBER', projects: [] }],
    ['a group that is a text, not a list', { groups: 'staff' }, { role: 'MEMBER', projects: [] }],
    ['two groups: the higher role', { groups: ['staff', 'admins'] }, { role: 'ADMIN', projects: [] }],
    ['a project beside a role', { groups: ['staff', 'shop'] }, { role: 'MEMBER', projects: ['shop'] }],
    ['a project alone', { groups: ['shop'] }, { role: null, projects: ['shop'] }],
    ['a part of a name', { groups: ['admin', 'administrators', 'ADMINS'] }, { role: null, projects: [] }],
    ['what is no text', { groups: [1, null, { admins: true }, ['admins']] }, { role: null, projects: [] }],
    ['an object', { groups: { admins: 'admins' } }, { role: null, projects: [] }],
  ])('of %s', (_of, claims, roles) => {
    expect(wanted([admins, members, shop], claims)).toEqual({ acme: roles });
  });

  it('are read from a claim by its path, and never from what an object inherits', () => {
    const path = { groupsClaim: 'realm_access.roles' };
    expect(wanted([admins], { realm_access: { roles: ['admins'] } }, path)).toEqual({
      acme: { role: 'ADMIN', projects: [] },
    });
    expect(wanted([admins], { 'realm_access.roles': ['admins'] }, path).acme?.role).toBe('ADMIN');
    for (const groupsClaim of ['constructor.name', '__proto__', 'toString']) {
      expect(wanted([rule({ for: { group: 'Object' }, role: 'OWNER' })], {}, { groupsClaim }).acme?.role).toBeNull();
    }
    const support = rule({ for: { claim: 'department', is: 'support' } });
    expect(wanted([support], { department: 'support' }).acme?.role).toBe('VIEWER');
    expect(wanted([support], { department: ['sales', 'support'] }).acme?.role).toBe('VIEWER');
    expect(wanted([support], { department: 'support team' }).acme?.role).toBeNull();
    const verified = rule({ for: { claim: 'email_verified', is: 'true' } });
    expect(wanted([verified], { email_verified: true }).acme?.role).toBe('VIEWER');
  });

  it('never exceed what a rule for one of the groups gives, whatever comes beside', () => {
    const rank = ['VIEWER', 'MEMBER', 'ADMIN', 'OWNER'] as const;
    const role = fc.constantFrom(...rank);
    const group = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.array(fc.record({ group, role })), fc.array(fc.oneof(group, fc.anything())), (rules, groups) => {
        const made = rules.map((each) => rule({ for: { group: each.group }, role: each.role }));
        const fitting = rules.filter((each) => groups.includes(each.group)).map((each) => rank.indexOf(each.role));
        const highest = fitting.length === 0 ? null : rank[Math.max(...fitting)];
        expect(wanted(made, { groups }).acme?.role ?? null).toBe(highest ?? null);
      }),
    );
  });

  it('belong to a person by issuer and sub together: no two pairs have the same id', () => {
    const url = fc.webUrl({ withFragments: false, withQueryParameters: false });
    fc.assert(
      fc.property(url, url, fc.string(), fc.string(), fc.option(url), (one, other, sub, another, jwtIssuer) => {
        const issuers = [issuer([], { url: one }), issuer([], { url: other })];
        const isTaken = (text: string) => looksLikePersonOf(text, issuers);
        // Such a sub is refused.
        if ((one === jwtIssuer && isTaken(sub)) || (other === jwtIssuer && isTaken(another))) return;
        const same = one === other && sub === another;
        expect(personOf(one, sub, jwtIssuer) === personOf(other, another, jwtIssuer)).toBe(same);
      }),
    );
  });

  it('go with a name, if there is one', () => {
    expect(nameIn({ name: 'Kim', email: 'kim@acme.example' })).toBe('Kim');
    expect(nameIn({ name: ' ', email: 'kim@acme.example' })).toBe('kim@acme.example');
    expect(nameIn({ name: 'Kim\u0000\nCrane' })).toBe('Kim Crane');
    expect(nameIn({ name: 'x'.repeat(300) })).toHaveLength(100);
    expect(nameIn({ name: 7 })).toBeNull();
  });
});
