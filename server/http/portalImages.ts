import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../../core/ground/errors.ts';
import { parseId } from '../../core/ground/parseId.ts';
import type { PortalImage } from '../../core/portal/themes.ts';
import { immutable } from './assets.ts';
import { clientOf, type OriginOf } from './origin.ts';
import type { Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import { replyError, replyJson, securityHeaders } from './reply.ts';
import { requestIdOf } from './requestId.ts';

/** Where portals' logos and icons are. */
export const portalImagesPath = '/portal/images/';

/** Images that are kept in memory: of 64 kB each at most. */
const maxKept = 200;
/** How long, in milliseconds: one that was taken away is served by no process after 5 s, as with keys. Browsers may keep theirs. */
const keepMs = 4_000;

/**
 * Serves the images of portals' themes. A browser loads them without a credential: their random ids are the right to them, and they
 * are what the customers of a project see anyway.
 */
export function createPortalImages(
  find: (id: string) => Promise<PortalImage | null>,
  limits: Pick<RateLimits, 'inbound'>,
  originOf: OriginOf,
  presenter: Presenter,
) {
  const kept = new Map<string, { readonly image: PortalImage; readonly until: number }>();

  async function read(id: string, client: string): Promise<PortalImage | null> {
    const known = kept.get(id);
    if (known && known.until > performance.now()) return known.image;
    kept.delete(id);
    // Only what is not kept asks the database, so only that is counted.
    await limits.inbound(`images ${client}`);
    const image = await find(id);
    if (!image) return null;
    kept.set(id, { image, until: performance.now() + keepMs });
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return image;
  }

  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    try {
      const id = parseId(path.slice(portalImagesPath.length));
      const image = id === null ? null : await read(id, clientOf(originOf(request)));
      if (!image) return replyError(response, new ApiError('NOT_FOUND', 'There is no such image.'));
      if (response.destroyed) return;
      response.writeHead(200, {
        ...securityHeaders,
        // Opened by itself it is a document: one that can do nothing.
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'content-type': image.type,
        'content-length': image.bytes.byteLength,
        // Another image has another id.
        'cache-control': immutable,
      });
      response.end(request.method === 'HEAD' ? undefined : image.bytes);
    } catch (error) {
      if (error instanceof ApiError) return replyError(response, error);
      replyJson(response, 500, { errors: [presenter.error(error, requestIdOf(request))] });
    }
  };
}
