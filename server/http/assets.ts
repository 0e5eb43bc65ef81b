import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** A file that browsers load. */
export interface Asset {
  readonly content: Buffer;
  readonly type: string;
  /** Each compressed form, made at its first request. */
  readonly encoded: Map<string, Promise<Buffer>>;
}

export const assetOf = (content: Buffer | string, type: string): Asset => ({
  content: Buffer.from(content as string),
  type,
  encoded: new Map(),
});

/** The cache header for files whose address holds their version. */
export const immutable = 'public, max-age=31536000, immutable';

const compress: Readonly<Record<string, (content: Buffer) => Promise<Buffer>>> = {
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (content) => promisify(gzip)(content),
};

/** Answers a GET or a HEAD with a file. */
export async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  asset: Asset,
  cacheControl: string,
): Promise<void> {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = ['br', 'gzip'].find((each) => new RegExp(`\\b${each}\\b`).test(accepted));
  let { content } = asset;
  if (encoding !== undefined) {
    let encoded = asset.encoded.get(encoding);
    if (!encoded) {
      encoded = (compress[encoding] as (typeof compress)[string])(content);
      asset.encoded.set(encoding, encoded);
    }
    content = await encoded;
  }
  if (response.destroyed) return;
  response.writeHead(200, {
    'content-type': asset.type,
    'content-length': content.byteLength,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    vary: 'Accept-Encoding',
    'cache-control': cacheControl,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}
