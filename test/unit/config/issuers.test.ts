import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../core/composition/config.ts';
import { configProblems } from '../../support/configProblems.ts';

const EVERHOOK_PUBLIC_URL = 'https://hooks.example.com';
const acme = { name: 'acme', issuer: 'https://id.example.com', clientId: 'everhook' };
const load = (issuers: unknown, more: NodeJS.ProcessEnv = {}) =>
  loadConfig({ EVERHOOK_PUBLIC_URL, EVERHOOK_OIDC_ISSUERS: JSON.stringify(issuers), ...more }).issuers;
const problems = (issuers: unknown, more: NodeJS.ProcessEnv = {}) =>
  configProblems({
    EVERHOOK_PUBLIC_URL,
    EVERHOOK_OIDC_ISSUERS: typeof issuers === 'string' ? issuers : JSON.stringify(issuers),
    ...more,
  });

describe('EVERHOOK_OIDC_ISSUERS', () => {
  it('needs a name, an issuer and a client; the rest has defaults', () => {
    expect(load([acme])).toEqual([
      {
        name: 'acme',
        label: 'acme',
        url: 'https://id.example.com',
        clientId: 'everhook',
        clientSecret: null,
        scopes: null,
        parameters: {},
        groupsClaim: 'groups',
        roles: [],
        createMembers: true,
        clockToleranceSeconds: 10,
      },
    ]);
    expect(loadConfig({}).issuers).toEqual([]);
  });

  it('reads rules for groups, claims and everybody', () => {
    const roles = [
      { group: 'admins', organization: 'acme', role: 'ADMIN' },
      { claim: 'department', is: 'support', organization: 'acme', role: 'VIEWER' },
      { everyone: true, organization: 'acme', project: 'shop', role: 'PROJECT_ADMIN' },
    ];
    expect(load([{ ...acme, roles }])?.[0]?.roles).toEqual([
      { for: { group: 'admins' }, organization: 'acme', project: null, role: 'ADMIN' },
      { for: { claim: 'department', is: 'support' }, organization: 'acme', project: null, role: 'VIEWER' },
      { for: { everyone: true }, organization: 'acme', project: 'shop', role: 'PROJECT_ADMIN' },
    ]);
  });

  it.each([
    ['[', 'EVERHOOK_OIDC_ISSUERS: is no JSON'],
    [{}, 'EVERHOOK_OIDC_ISSUERS: must be a list'],
    [[{ ...acme, name: 'Acme Corp' }], 'EVERHOOK_OIDC_ISSUERS[0].name: must be 1 to 32'],
    [[{ ...acme, issuer: 'http://id.example.com' }], 'EVERHOOK_OIDC_ISSUERS[0].issuer: must be the issuer’s https URL'],
    [[{ ...acme, issuer: 'https://id.example.com/?x' }], 'EVERHOOK_OIDC_ISSUERS[0].issuer: must be'],
    [[{ name: 'acme', issuer: acme.issuer }], 'EVERHOOK_OIDC_ISSUERS[0].clientId: must be a text'],
    [[{ ...acme, clientSecretFile: 'secret' }], 'EVERHOOK_OIDC_ISSUERS[0].clientSecretFile: must be an absolute path'],
    [
      [{ ...acme, clientSecretFile: '/no/such/file' }],
      'EVERHOOK_OIDC_ISSUERS[0].clientSecretFile: the file cannot be read (ENOENT)',
    ],
    [
      [{ ...acme, clientSecret: 'a', clientSecretFile: '/etc/hostname' }],
      'EVERHOOK_OIDC_ISSUERS[0].clientSecretFile: must not be set together',
    ],
    [[{ ...acme, scopes: 'profile' }], 'EVERHOOK_OIDC_ISSUERS[0].scopes: must have openid'],
    [[{ ...acme, parameters: { state: 'x' } }], 'EVERHOOK_OIDC_ISSUERS[0].parameters: must not have state'],
    [[{ ...acme, clockTolerance: 301 }], 'EVERHOOK_OIDC_ISSUERS[0].clockTolerance: must be 0 to 300'],
    [[acme, { ...acme, issuer: 'https://other.example' }], 'EVERHOOK_OIDC_ISSUERS[1].name: is the same'],
    [[acme, { ...acme, name: 'other' }], 'EVERHOOK_OIDC_ISSUERS[1].issuer: is the same'],
    [
      [{ ...acme, roles: [{ organization: 'a', role: 'ADMIN' }] }],
      'EVERHOOK_OIDC_ISSUERS[0].roles[0]: must have exactly one of',
    ],
    [
      [{ ...acme, roles: [{ group: 'g', organization: 'a', role: 'ROOT' }] }],
      'EVERHOOK_OIDC_ISSUERS[0].roles[0].role: must be OWNER',
    ],
    [
      [{ ...acme, roles: [{ claim: 'c', organization: 'a', role: 'ADMIN' }] }],
      'EVERHOOK_OIDC_ISSUERS[0].roles[0]: must have claim and is together',
    ],
    [
      [{ ...acme, roles: [{ group: 'g', organization: 'a', role: 'PROJECT_ADMIN' }] }],
      'EVERHOOK_OIDC_ISSUERS[0].roles[0]: must have project',
    ],
  ])('names what is at fault in %j', (issuers, said) => {
    const found = problems(issuers);
    expect(found).toEqual([expect.stringContaining(said)]);
  });

  it('shows no value, also where a secret is in the wrong place', () => {
    const hush = 'a-secret-in-the-wrong-place';
    for (const issuers of [
      [{ ...acme, [hush]: 1 }],
      [{ ...acme, clientID: hush }],
      [{ ...acme, name: hush.repeat(3) }],
      `["${hush}`,
    ]) {
      const found = problems(issuers);
      expect(found.length).toBeGreaterThan(0);
      expect(found.join()).not.toContain(hush);
    }
  });

  it('needs a public URL to which a browser can come back with its session', () => {
    expect(problems([acme], { EVERHOOK_PUBLIC_URL: '' })).toEqual([
      expect.stringMatching(/^EVERHOOK_PUBLIC_URL: is missing\. EVERHOOK_OIDC_ISSUERS needs it/),
    ]);
    expect(problems([acme], { EVERHOOK_PUBLIC_URL: 'http://hooks.example.com' })).toEqual([
      expect.stringMatching(/^EVERHOOK_PUBLIC_URL: must be https/),
    ]);
    expect(problems([acme], { EVERHOOK_PUBLIC_URL: 'http://localhost:4000' })).toEqual([]);
  });
});
