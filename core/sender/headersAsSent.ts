/**
 * All headers of a request in the order of sending, including those that the sender adds.
 *
 * @param url - the target; only its host is used, so its path may be redacted
 */
export function headersAsSent(
  url: string,
  userAgent: string,
  headers: Readonly<Record<string, string>>,
  bodyLength: number,
): [name: string, value: string][] {
  return [
    ['host', new URL(url).host],
    // undici sends this with every request on a keep-alive connection.
    ['connection', 'keep-alive'],
    ['user-agent', userAgent],
    ...Object.entries(headers),
    ['content-length', String(bodyLength)],
  ];
}
