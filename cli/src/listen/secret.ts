import { ValidationError } from '@everhook/sdk';
import { changeConfig, configPath, readConfig } from '../settings/configFile.ts';
import type { Place } from '../settings/connection.ts';
import { plain, tell } from '../terminal/output.ts';

/** Makes a listener with a secret of our own, or with a new one. */
type Make<Made> = (secret: string | undefined) => Promise<Made>;

const nameOf = ({ context, url }: Place, profile: string | undefined): string =>
  `${context ?? url} ${profile ?? 'default'}`;

/** Whose secret it is, by the name that {@link nameOf} gave it. A context's own name may have spaces. */
export const contextOf = (name: string): string => name.slice(0, name.lastIndexOf(' '));

/**
 * Makes a listener with the secret of the last start, so that the developer's server need not be told a new one: that of `--secret` or the
 * environment, or else that of the listener before in this process, or that which the file of keys remembers for this context and profile.
 */
export async function withSecret<Made extends { readonly secret: string | null }>(
  place: Place,
  profile: string | undefined,
  given: string | undefined,
  ofThisProcess: string | undefined,
  make: Make<Made>,
): Promise<Made> {
  const chosen = given ?? (process.env.EVERHOOK_LISTEN_SECRET || undefined);
  if (chosen !== undefined) return make(chosen);
  const name = nameOf(place, profile);
  const remembered = ofThisProcess ?? (await readConfig()).listenSecrets[name];
  if (remembered !== undefined) {
    try {
      return await make(remembered);
    } catch (error) {
      // The profile of the project is another one now, or takes no secrets of ours.
      if (!(error instanceof ValidationError) || error.field !== 'input.secret') throw error;
    }
  }
  const made = await make(undefined);
  const { secret } = made;
  if (secret !== null && configPath() !== null) {
    await changeConfig((config) => ({
      ...config,
      listenSecrets: { ...config.listenSecrets, [name]: secret },
    })).catch((error: Error) => {
      // As where there is no home: it listens all the same.
      tell(`The secret is another one at the next start, because it cannot be remembered: ${plain(error.message)}`);
    });
  }
  return made;
}
