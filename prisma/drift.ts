import { connected } from '../local/connected.ts';
import { ensureDatabase } from '../local/postgres.ts';
import { acceptedDrift } from './acceptedDrift.ts';
import { migrate, schemaScript } from './migrate.ts';

/**
 * The structure of a database, one line each: columns, enum values, constraints, indexes. PostgreSQL writes the definitions, so
 * two databases are equal exactly where these lines are equal.
 */
const catalogSql = `
  SELECT format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('enum %s: %s', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname
  UNION ALL
  SELECT format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
   WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
  UNION ALL
  SELECT format('index %s', pg_get_indexdef(i.indexrelid))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
   ORDER BY line`;

const query = (url: string, text: string) => connected(url, (client) => client.query(text));

async function catalog(url: string): Promise<Set<string>> {
  const { rows } = await query(url, catalogSql);
  const lines = rows.map(({ line }: { line: string }) => line);
  return new Set(lines.filter((line) => !line.includes('_prisma_migrations')));
}

/**
 * Differences between the databases that the migrations and `schema.prisma` create, without those in `acceptedDrift.ts`. Also
 * lists accepted differences that no longer exist.
 *
 * @param urlOf - connection string of a database, on a server where databases may be created
 */
export async function drift(urlOf: (database: string) => string): Promise<string[]> {
  const names = { migrated: `drift_migrated_${process.pid}`, described: `drift_described_${process.pid}` };
  try {
    for (const name of Object.values(names)) await ensureDatabase(urlOf('postgres'), name);
    await migrate(urlOf(names.migrated));
    await query(urlOf(names.described), await schemaScript(urlOf(names.described)));
    const [migrated, described] = await Promise.all([catalog(urlOf(names.migrated)), catalog(urlOf(names.described))]);
    const differences = [
      ...[...migrated].filter((line) => !described.has(line)).map((line) => `only by migrations: ${line}`),
      ...[...described].filter((line) => !migrated.has(line)).map((line) => `only by schema.prisma: ${line}`),
    ];
    return [
      ...differences.filter((difference) => !acceptedDrift.some(({ pattern }) => pattern.test(difference))),
      ...acceptedDrift
        .filter(({ pattern }) => !differences.some((difference) => pattern.test(difference)))
        .map(
          ({ reason }) => `prisma/acceptedDrift.ts accepts a difference that no longer exists, remove it: ${reason}`,
        ),
    ];
  } finally {
    for (const name of Object.values(names)) {
      await query(urlOf('postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  }
}
