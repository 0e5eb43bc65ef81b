import type { DeliveryDetail } from '@everhook/sdk';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A request as a command that a shell sends again, byte for byte. */
export function curlOf({ method, url, headers, body }: NonNullable<DeliveryDetail['request']>): string {
  const lines = [
    `curl -X ${method} ${quoted(url)}`,
    ...headers.map(({ name, value }) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(body)}`,
  ];
  return lines.join(' \\\n  ');
}
