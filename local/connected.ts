import pg from 'pg';

const connectMs = 5_000;

/**
 * Connects to a database, works, and disconnects. If the server ends meanwhile, the pending query fails; the connection's
 * own error event is ignored, because without a listener it would end the process.
 *
 * @param queryMs - how long each query may take, in milliseconds: a server that hangs never answers. @default a minute
 * @throws the error of the connection, the server or the work
 */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>, queryMs = 60_000): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs, query_timeout: queryMs });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
