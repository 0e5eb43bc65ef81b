/** Filled in by the server: the path below which the dashboard is reached. The development server leaves it as it is. */
const given = document.querySelector<HTMLMetaElement>('meta[name="everhook-base"]')?.content ?? '';

/** Such as `/hooks`; empty if the dashboard is at the root. */
export const base = given.startsWith('/') ? given : '';

/** Where the API is. */
export const apiUrl = location.origin + base;
