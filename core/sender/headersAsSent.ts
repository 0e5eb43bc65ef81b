/**
 * All headers of a request in the order in which they leave: what HTTP needs stands around those that were given.
 *
 * @param url - that is sent to; of a path that may not be shown the host is enough
 */
export function headersAsSent(
  url: string,
  userAgent: string,
  headers: Readonly<Record<string, string>>,
  bodyLength: number,
): [name: string, value: string][] {
  return [
    ['host', new URL(url).host],
    // Connections are kept, so this is said with every request.
    ['connection', 'keep-alive'],
    ['user-agent', userAgent],
    ...Object.entries(headers),
    ['content-length', String(bodyLength)],
  ];
}
