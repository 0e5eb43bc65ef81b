import type { DeliveryDetail } from '@everhook/sdk';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Headers that curl sets itself. */
const ofCurl = new Set(['host', 'connection', 'content-length']);

/** A request as a shell command that sends it again, byte for byte. Null if parts of it are not known. */
export function curlOf({ method, url, headers, body }: NonNullable<DeliveryDetail['request']>): string | null {
  if (url === null || headers === null || body === null) return null;
  const shown = headers.filter(({ name }) => !ofCurl.has(name.toLowerCase()));
  const lines = [
    `curl -X ${method} ${quoted(url)}`,
    ...shown.map(({ name, value }) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(body)}`,
  ];
  return lines.join(' \\\n  ');
}
