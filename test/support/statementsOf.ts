import pg from 'pg';
import { vi } from 'vitest';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** The statements with a text that some work sends, by whichever connection of this process. */
export async function statementsOf(work: () => Promise<unknown>, matching: RegExp): Promise<Statement[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.flatMap(([given, values]: readonly unknown[]) => {
      const text = typeof given === 'string' ? given : (given as pg.QueryConfig | undefined)?.text;
      if (text === undefined || !matching.test(text)) return [];
      return [{ text, values: (values as unknown[]) ?? (given as pg.QueryConfig).values ?? [] }];
    });
  } finally {
    query.mockRestore();
  }
}
