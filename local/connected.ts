import pg from 'pg';

/**
 * Connects to a database, works, and disconnects. A server that ends meanwhile is told to whoever waits for an answer, and else
 * to nobody: an error without a listener would end the process.
 *
 * @throws what the connection, the server or the work does
 */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
