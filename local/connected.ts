import pg from 'pg';

/**
 * Connects to a database, works, and disconnects. If the server ends meanwhile, the pending query fails; the connection's
 * own error event is ignored, because without a listener it would end the process.
 *
 * @throws the error of the connection, the server or the work
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
