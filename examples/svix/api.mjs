// Reads Svix's API, page by page, with patience for limits and short failures.

const tries = 5;
const timeoutMs = 30_000;
const pageSize = 100;

/** Svix cannot be read: the message says what to do. It never quotes the key. */
export class SvixError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function problem(status, path) {
  if (status === 401 || status === 403) {
    return `Svix refuses the key in SVIX_TOKEN (${status}). Give an API key of the environment that you move, and its region's SVIX_URL.`;
  }
  if (status === 404) return `Svix has nothing at ${path} (404). Is SVIX_URL the address of its API?`;
  return `Svix answered ${status} to GET ${path}. Try again later: what was taken over already stays.`;
}

/** @param {{ url: string, token: string }} options */
export function svixApi({ url, token }) {
  const base = url.replace(/\/+$/, '');

  async function get(path, query = {}) {
    const address = new URL(`${base}/api/v1/${path}`);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      let response = null;
      let cause;
      try {
        response = await fetch(address, {
          headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
          // A redirect would take the key to another host.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (response.ok) return await response.json();
      } catch (error) {
        cause = error;
      }
      await response?.body?.cancel().catch(() => {});
      const isTemporary = cause !== undefined || response.status === 429 || response.status >= 500;
      if (!isTemporary || attempt === tries) {
        if (cause === undefined) throw new SvixError(response.status, problem(response.status, address.pathname));
        throw new SvixError(null, `Svix does not answer at ${base}: ${cause.cause?.message ?? cause.message}`);
      }
      const asked = Number(response?.headers.get('retry-after') ?? 0);
      await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(asked * 1000, 250 * 2 ** attempt), 60_000)));
    }
  }

  /** All items of a list: Svix names where the next page begins. */
  async function* list(path, query = {}) {
    let iterator = null;
    for (;;) {
      const page = await get(path, { ...query, limit: pageSize, ...(iterator === null ? {} : { iterator }) });
      yield* page.data;
      if (page.done) return;
      if (!page.iterator || page.iterator === iterator) {
        throw new SvixError(200, `Svix says that ${path} goes on, but not where.`);
      }
      iterator = page.iterator;
    }
  }

  const part = encodeURIComponent;
  const endpointPath = (app, endpoint) => `app/${part(app.id)}/endpoint/${part(endpoint.id)}`;
  return {
    applications: () => list('app'),
    eventTypes: () => list('event-type', { with_content: 'true', include_archived: 'true' }),
    endpoints: (app) => list(`app/${part(app.id)}/endpoint`),
    secret: async (app, endpoint) => (await get(`${endpointPath(app, endpoint)}/secret`)).key,
    headers: (app, endpoint) => get(`${endpointPath(app, endpoint)}/headers`),
    /** Whether a transformation changes what the endpoint gets. Svix's open-source server has none. */
    async isTransformed(app, endpoint) {
      try {
        return (await get(`${endpointPath(app, endpoint)}/transformation`)).enabled === true;
      } catch (error) {
        if (error instanceof SvixError && (error.status === 404 || error.status === 405)) return false;
        throw error;
      }
    },
  };
}
