import { request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request with any headers, also those that `fetch` sets itself, such as Host and Sec-Fetch-Site. Follows no redirect. */
export function call(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          setCookie: answer.headers['set-cookie'] ?? [],
          headers: answer.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
