/** Filled in by the server: the path below which the dashboard is reached. The development server leaves it as it is. */
const given = document.querySelector<HTMLMetaElement>('meta[name="everhook-base"]')?.content ?? '';

/** Such as `/hooks`; empty if the dashboard is at the root. */
export const base = given.startsWith('/') ? given : '';

/** A portal link's pages all lie below `/portal`, the path that other sites may frame. */
export const portalBase = `${base}/portal`;
export const inPortal = location.pathname === portalBase || location.pathname.startsWith(`${portalBase}/`);

/** Where the API is. */
export const apiUrl = location.origin + base;
