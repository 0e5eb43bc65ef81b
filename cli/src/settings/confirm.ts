import { CliError, exitCodes, usageError } from '../exit/codes.ts';
import { ask, canAsk } from '../terminal/ask.ts';
import type { ConnectionOptions, Place } from './connection.ts';

/**
 * Asks before something that cannot be taken back.
 *
 * @param always - also where the context is no production
 * @throws CliError where nobody can be asked, or the answer is no
 */
export async function confirm(
  { yes }: ConnectionOptions,
  { context, production, url }: Place,
  what: string,
  { always = false }: { readonly always?: boolean } = {},
): Promise<void> {
  if (yes || !(always || production)) return;
  if (!canAsk()) throw usageError(`${what} Nobody can be asked here: add --yes if you are sure.`, '--yes');
  const where = production ? `PRODUCTION (${context}, ${url})` : (context ?? url);
  const answer = await ask(`${what} This is ${where}. Go on? [y/N] `);
  if (!/^(y|yes)$/i.test(answer)) throw new CliError('Nothing was done.', exitCodes.failure.code);
}
