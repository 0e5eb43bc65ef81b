import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { jpeg, png, webp } from '../../support/images.ts';

const update = `mutation ($input: UpdatePortalThemeInput!) {
  updatePortalTheme(input: $input) { portalTheme {
    light { accent background surface text } dark { accent } radius fonts title language hidden backUrl backLabel logoPath faviconPath
  } }
}`;
const read = 'query ($id: ID!) { project(id: $id) { portalTheme { title light { accent } logoPath } } }';

const light = { accent: '#0A5C36', background: '#fff', surface: '#f7f7f7', text: '#1a1a1a' };

describe('a portal’s theme', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const set = async (changes: object, key = tenant.key, projectId = tenant.projectId) =>
    (await api.data(key, update, { input: { projectId, ...changes } })).updatePortalTheme.portalTheme;
  const refused = async (changes: object) => {
    const { errors } = await api.ask(tenant.key, update, { input: { projectId: tenant.projectId, ...changes } });
    return { field: errors?.[0]?.extensions.field, message: errors?.[0]?.message };
  };
  const portal = async (projectId = tenant.projectId) =>
    (
      await api.data(
        tenant.key,
        'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
        { input: { projectId, permissions: ['WEBHOOK_READ'] } },
      )
    ).createPortalLink.token as string;
  const otherProject = async () =>
    (
      await api.data(
        tenant.key,
        'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
        { input: { organizationId: tenant.organizationId, name: 'Other' } },
      )
    ).createProject.project.id as string;

  it('holds colours, corners, fonts, a title, a language, what is hidden and a link back; what is left out stays, null takes it away', async () => {
    expect(
      await set({
        light,
        radius: 4,
        fonts: [' Inter ', 'Helvetica Neue'],
        title: 'Hafen',
        language: 'DE',
        hidden: ['EVENTS', 'LIVE_SIGN', 'EVENTS'],
        back: { url: 'https://shop.example/settings', label: 'العودة إلى المتجر' },
      }),
    ).toEqual({
      light: { accent: '#0a5c36', background: '#ffffff', surface: '#f7f7f7', text: '#1a1a1a' },
      dark: null,
      radius: 4,
      fonts: ['Inter', 'Helvetica Neue'],
      title: 'Hafen',
      language: 'DE',
      hidden: ['EVENTS', 'LIVE_SIGN'],
      backUrl: 'https://shop.example/settings',
      backLabel: 'العودة إلى المتجر',
      logoPath: null,
      faviconPath: null,
    });
    expect(await set({ radius: null, back: null })).toMatchObject({
      radius: null,
      backUrl: null,
      backLabel: null,
      title: 'Hafen',
    });
  });

  it('refuses colours that are hard to read: names the pair, the contrast that it has, and that it needs', async () => {
    expect(await refused({ light: { ...light, text: '#999999' } })).toEqual({
      field: 'input.light.text',
      message:
        'text #999999 on background #ffffff has a contrast of 2.84 to 1, and needs 4.5 to 1 (WCAG 2.2 AA): make one of them lighter or darker.',
    });
    expect(
      (await refused({ dark: { accent: '#333333', background: '#000000', surface: '#111111', text: '#eeeeee' } }))
        .field,
    ).toBe('input.dark.accent');
  });

  it.each([
    ['a rule in a colour', { light: { ...light, accent: 'red;}body{display:none' } }, 'input.light.accent'],
    ['an address in a colour', { light: { ...light, surface: 'url(//evil.example)' } }, 'input.light.surface'],
    ['a colour by name', { light: { ...light, text: 'black' } }, 'input.light.text'],
    ['a very long colour', { light: { ...light, text: `#${'0'.repeat(100_000)}` } }, 'input.light.text'],
    ['a rule in a font', { fonts: ['Inter', 'x"; } * { display: none'] }, 'input.fonts[1]'],
    ['an address in a font', { fonts: ['url(//evil.example)'] }, 'input.fonts[0]'],
    ['too many fonts', { fonts: ['A', 'B', 'C', 'D', 'E', 'F'] }, 'input.fonts'],
    ['a huge radius', { radius: 25 }, 'input.radius'],
    ['a negative radius', { radius: -1 }, 'input.radius'],
    ['an empty title', { title: ' ' }, 'input.title'],
    ['a long title', { title: 'x'.repeat(61) }, 'input.title'],
    ['a title that a terminal would act on', { title: 'a\u001b[31m' }, 'input.title'],
    ['a script as link back', { back: { url: 'javascript:alert(1)', label: 'Back' } }, 'input.back.url'],
    ['plain http as link back', { back: { url: 'http://shop.example', label: 'Back' } }, 'input.back.url'],
    ['a password in the link back', { back: { url: 'https://a:b@shop.example', label: 'Back' } }, 'input.back.url'],
    ['a link back without a text', { back: { url: 'https://shop.example', label: '' } }, 'input.back.label'],
    [
      'every page hidden',
      { hidden: ['OVERVIEW', 'WEBHOOKS', 'DELIVERIES', 'EVENTS', 'CATALOGUE', 'INBOUND'] },
      'input.hidden',
    ],
    [
      'an SVG',
      { logo: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>').toString('base64') },
      'input.logo',
    ],
    [
      'a page as logo',
      { logo: Buffer.from('<!doctype html><script>alert(1)</script>').toString('base64') },
      'input.logo',
    ],
    ['what is no Base64', { logo: 'data:image/png;base64,AAAA' }, 'input.logo'],
    [
      'too many bytes',
      { logo: Buffer.concat([png(32, 32), Buffer.alloc(64 * 1024)]).toString('base64') },
      'input.logo',
    ],
    ['few bytes that unfold to many pixels', { logo: png(20_000, 20_000).toString('base64') }, 'input.logo'],
    ['an icon as large as a logo', { favicon: png(512, 512).toString('base64') }, 'input.favicon'],
    ['a PNG that is cut off', { favicon: png(16, 16).subarray(0, 20).toString('base64') }, 'input.favicon'],
  ])('refuses %s, and names the field', async (_, changes, field) => {
    expect((await refused(changes)).field).toBe(field);
  });

  it.each([
    ['image/png', png(64, 64)],
    ['image/jpeg', jpeg(64, 48)],
    ['image/webp', webp(64, 48)],
  ])('serves a logo as the %s that its bytes are, to be shown and nothing else', async (type, bytes) => {
    const { logoPath } = await set({ logo: bytes.toString('base64') });
    const response = await fetch(api.url + logoPath);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('immutable'),
    });
  });

  it('has one logo at a time: another one has another address, and the old one is gone', async () => {
    const first = (await set({ favicon: png(16, 16).toString('base64') })).faviconPath;
    const shown = await set({ logo: png(16, 16).toString('base64') });
    expect((await fetch(api.url + shown.logoPath)).status).toBe(200);
    await set({ logo: null });
    // What was shown already goes within a moment.
    await expect.poll(async () => (await fetch(api.url + shown.logoPath)).status).toBe(404);
    const second = (await set({ favicon: png(32, 32).toString('base64') })).faviconPath;
    expect(second).not.toBe(first);
    expect((await fetch(api.url + first)).status).toBe(404);
    expect((await set({ favicon: null })).faviconPath).toBeNull();
    expect((await fetch(api.url + second)).status).toBe(404);
    for (const path of ['', 'x', '../../etc/passwd', '00000000-0000-4000-8000-000000000000']) {
      expect((await fetch(`${api.url}/portal/images/${path}`)).status).toBe(404);
    }
  });

  it('shows to a portal link of its project alone', async () => {
    const other = await otherProject();
    await set({ title: 'Ours', light });
    await set({ title: 'Theirs' }, tenant.key, other);
    const [ours, theirs] = [await portal(), await portal(other)];
    expect(
      (await api.data(ours, '{ viewer { project { portalTheme { title } } } }')).viewer.project.portalTheme.title,
    ).toBe('Ours');
    expect(
      (await api.data(theirs, '{ viewer { project { portalTheme { title } } } }')).viewer.project.portalTheme.title,
    ).toBe('Theirs');
    expect((await api.refusal(ours, read, { id: other })).code).toBe('NOT_FOUND');
    const stranger = await api.tenant();
    expect((await api.refusal(stranger.key, read, { id: tenant.projectId })).code).toBe('NOT_FOUND');
    expect((await api.refusal(stranger.key, update, { input: { projectId: tenant.projectId, title: 'x' } })).code).toBe(
      'NOT_FOUND',
    );
    expect((await api.refusal(ours, update, { input: { projectId: tenant.projectId, title: 'x' } })).code).toBe(
      'FORBIDDEN',
    );
  });

  it('leaves a row in the audit log for each change, and none where nothing changes', async () => {
    const project = await otherProject();
    await set({ title: 'One', radius: 2 }, tenant.key, project);
    await set({ title: 'One' }, tenant.key, project);
    await set({ title: 'Two' }, tenant.key, project);
    const { auditEvents } = await api.data(
      tenant.key,
      `query ($organizationId: ID!, $target: String!) { auditEvents(organizationId: $organizationId, targetId: $target) {
        edges { node { action before after targetType } } } }`,
      { organizationId: tenant.organizationId, target: project },
    );
    const rows = auditEvents.edges
      .map(({ node }: { node: { action: string } }) => node)
      .filter(({ action }: { action: string }) => action === 'PORTAL_THEME_UPDATED');
    expect(rows).toMatchObject([
      { targetType: 'PORTAL_THEME', before: { title: 'One' }, after: { title: 'Two' } },
      { before: { title: null, radius: null }, after: { title: 'One', radius: 2 } },
    ]);
  });
});
