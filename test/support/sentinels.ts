import pg from 'pg';

/** Members of requests and answers that hold secrets. */
const secretNames = /^(secret|key|token|password|apiToken|accessToken|personalAccessToken|pat)$/i;
const credentialHeader = /authorization|cookie|key|token|secret|password/i;
/** Publishers' own data, which is stored unchanged. */
const published = new Set(['data', 'previous', 'schema', 'example']);
/** URLs that are credentials: Slack's, and those to which trackers report. */
const credentialUrl = /hooks\.slack\.com\/services\/(\S+)|\/api\/webhooks\/([\w-]{16,})/;
/** Shorter texts would match by accident. */
const minLength = 12;

/** Every secret that a test sends or is shown. Afterwards none of them may be in the database or in a log. */
export class Sentinels {
  readonly #secrets = new Set<string>();

  add(secret: string | null | undefined): void {
    if (secret && secret.length >= minLength) this.#secrets.add(secret);
  }

  /** Records the secrets in a request or an answer. */
  note(value: unknown): void {
    if (Array.isArray(value)) {
      for (const each of value) this.note(each);
      return;
    }
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'string') {
        const match = credentialUrl.exec(value);
        this.add(match?.[1] ?? match?.[2]);
      }
      return;
    }
    const { name, value: text } = value as { name?: unknown; value?: unknown };
    if (typeof name === 'string' && typeof text === 'string' && credentialHeader.test(name)) this.add(text);
    for (const [key, each] of Object.entries(value)) {
      if (typeof each === 'string' && secretNames.test(key)) this.add(each);
      else if (!published.has(key)) this.note(each);
    }
  }

  /** The secrets that a text holds: as plain text, in hexadecimal, or in Base64. */
  in(text: string): string[] {
    const lower = text.toLowerCase();
    return [...this.#secrets].filter((secret) => {
      const bytes = Buffer.from(secret);
      // The end of a Base64 text depends on what follows.
      const base64 = bytes.toString('base64').replace(/..=*$/, '');
      return (
        text.includes(secret) ||
        lower.includes(bytes.toString('hex')) ||
        text.includes(base64) ||
        text.includes(base64.replaceAll('+', '-').replaceAll('/', '_'))
      );
    });
  }

  /** Where a database holds secrets: it searches every column of every table. */
  async inDatabase(url: string): Promise<string[]> {
    if (this.#secrets.size === 0) return [];
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      const found: string[] = [];
      for (const { name } of tables) {
        // A row as text has bytes in hexadecimal.
        const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
        for (const secret of this.in(rows.map(({ row }) => row).join('\n'))) found.push(`${name}: ${secret}`);
      }
      return found;
    } finally {
      await client.end();
    }
  }
}
