import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';
import { changeConfig } from '../settings/configFile.ts';
import { plain, say } from '../terminal/output.ts';

/** `everhook logout`: forgets a key. */
export function logout(program: Command): void {
  program
    .command('logout')
    .description('forgets the key of a context; the key itself stays valid until it is revoked')
    .option('--context <name>', 'another context than the one in use')
    .action(async (options: { readonly context?: string }) => {
      let name: string | undefined;
      await changeConfig((config) => {
        name = options.context ?? config.current;
        const context = name !== undefined && Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
        if (name === undefined || context === undefined) throw usageError('There is no such context.', '--context');
        const { key: _key, ...others } = context;
        return { ...config, contexts: { ...config.contexts, [name]: others } };
      });
      say(`The key of "${plain(name ?? '')}" is forgotten.`);
    });
}
