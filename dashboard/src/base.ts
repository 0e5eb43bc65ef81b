/** What the server has filled in. The development server leaves it as it is. */
const metaOf = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name="everhook-${name}"]`)?.content ?? '';

/** The path below which the dashboard is reached. */
const given = metaOf('base');

/** Such as `/hooks`; empty if the dashboard is at the root. */
export const base = given.startsWith('/') ? given : '';

/** A portal link's pages all lie below `/portal`, the path that other sites may frame. */
export const portalBase = `${base}/portal`;
/**
 * Whether this is the portal's page. The server says so, for it has let other sites frame it or not: a page that they may frame must
 * never open a session, and a proxy may show the server another path than the browser has.
 */
export const inPortal = import.meta.env.DEV
  ? location.pathname === portalBase || location.pathname.startsWith(`${portalBase}/`)
  : metaOf('page') === 'portal';

/** Where the API is. */
export const apiUrl = location.origin + base;
