import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';
import { contextOf } from '../listen/secret.ts';
import { type Config, changeConfig, readConfig } from '../settings/configFile.ts';
import { soundsLikeProduction } from '../settings/connection.ts';
import { plain, say, sayJson } from '../terminal/output.ts';
import { sayTable } from '../terminal/table.ts';

function requireContext({ contexts }: Config, name: string): void {
  if (Object.hasOwn(contexts, name)) return;
  const known = Object.keys(contexts).join(', ') || 'none yet';
  throw usageError(`There is no context "${plain(name)}". Known: ${plain(known)}.`, 'name');
}

async function list({ json }: { readonly json?: true }): Promise<void> {
  const { contexts, current } = await readConfig();
  const rows = Object.entries(contexts).map(([name, { url, key, project, production }]) => ({
    name,
    inUse: name === current,
    url,
    project: project ?? null,
    production: production ?? soundsLikeProduction(name),
    signedIn: key !== undefined,
  }));
  if (json) return sayJson(rows);
  sayTable(
    [
      { title: '', value: ({ inUse }) => (inUse ? '*' : '') },
      { title: 'context', value: ({ name }) => name },
      { title: 'url', value: ({ url }) => url, flexible: true },
      { title: 'project', value: ({ project }) => project, flexible: true },
      {
        title: '',
        value: ({ production, signedIn }) =>
          [production && 'production', !signedIn && 'signed out'].filter(Boolean).join(', '),
      },
    ],
    rows,
    'There is no context yet: `everhook login` makes one.',
  );
}

/** `everhook context`: several services, one of them in use. */
export function context(program: Command): void {
  const command = program.command('context').description('the services that you signed in to');
  command.command('list').description('all of them; * marks the one in use').option('--json', 'JSON').action(list);
  command
    .command('use')
    .description('uses another one from now on')
    .argument('<name>')
    .action(async (name: string) => {
      await changeConfig((config) => {
        requireContext(config, name);
        return { ...config, current: name };
      });
      say(`The context "${plain(name)}" is in use.`);
    });
  command
    .command('remove')
    .description('forgets one with its key')
    .argument('<name>')
    .action(async (name: string) => {
      await changeConfig((config) => {
        requireContext(config, name);
        const { [name]: _removed, ...contexts } = config.contexts;
        const listenSecrets = Object.fromEntries(
          Object.entries(config.listenSecrets).filter(([key]) => contextOf(key) !== name),
        );
        const { current, ...others } = config;
        return { ...others, ...(current === name ? {} : { current }), contexts, listenSecrets };
      });
      say(`The context "${plain(name)}" is forgotten.`);
    });
}
