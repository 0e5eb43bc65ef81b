import { Everhook } from '@everhook/sdk';
import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';
import { changeConfig, readConfig, requirePath } from '../settings/configFile.ts';
import { defaultUrl, soundsLikeProduction } from '../settings/connection.ts';
import { wayTo } from '../settings/network.ts';
import { faultOfServiceUrl } from '../settings/serviceUrl.ts';
import { ask, askHidden, canAsk, readInput } from '../terminal/ask.ts';
import { plain, say, sayJson, tell } from '../terminal/output.ts';

interface Options {
  readonly context?: string;
  readonly url?: string;
  readonly project?: string;
  readonly keyStdin?: true;
  readonly production?: boolean;
  readonly json?: true;
}

async function keyOf({ keyStdin }: Options): Promise<string> {
  const key = keyStdin ? (await readInput()).trim() : await askHidden('Key (it is not shown): ');
  if (key === '') throw usageError('The key is empty.', 'key');
  return key;
}

async function login(options: Options): Promise<void> {
  requirePath();
  if (!options.keyStdin && !canAsk()) {
    throw usageError(
      'There is no terminal to type the key. Pipe it: `everhook login --url <url> --key-stdin < key.txt`, or set EVERHOOK_URL and EVERHOOK_KEY, which need no login.',
      '--key-stdin',
    );
  }
  const { contexts } = await readConfig();
  const name = options.context ?? 'dev';
  const known = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  const offered = process.env.EVERHOOK_URL || known?.url || defaultUrl;
  const url = options.url ?? (options.keyStdin ? offered : (await ask(`URL [${offered}]: `)) || offered);
  const fault = faultOfServiceUrl(url);
  if (fault !== null) throw usageError(`This ${fault}`, '--url');
  const key = await keyOf(options);
  const everhook = new Everhook({ ...(await wayTo(url)), url, apiKey: key, retries: 1 });
  try {
    // A key that does not work is not kept.
    const viewer = await everhook.viewer();
    const project = options.project ?? viewer.project?.id ?? known?.project;
    const production = options.production ?? known?.production ?? soundsLikeProduction(name);
    await changeConfig((config) => ({
      ...config,
      current: name,
      contexts: {
        ...config.contexts,
        [name]: { url, key, ...(project && { project }), ...(production && { production }) },
      },
    }));
    if (options.json) return sayJson({ context: name, url, id: viewer.id, project: project ?? null });
    const owner = viewer.project?.name ?? viewer.organization?.name ?? viewer.kind;
    say(`Signed in to ${plain(url)} as ${plain(owner)}. The context "${plain(name)}" is in use.`);
    if (process.env.EVERHOOK_KEY) tell('EVERHOOK_KEY is set: it wins over this context until you unset it.');
  } finally {
    await everhook.close();
  }
}

/** `everhook login`: keeps a key in a file that only its owner can read. */
export function loginCommand(program: Command): void {
  program
    .command('login')
    .description('keeps a key, in a file that only you can read')
    .option('--context <name>', 'what to call it: dev, staging, production (default: dev)')
    .option('--url <url>', `where Everhook is (default: ${defaultUrl})`)
    .option('--project <id>', "id or external id of the project to work in (default: the key's)")
    .option('--key-stdin', 'reads the key from stdin, for scripts')
    .option('--production', 'asks before it changes much; so does a context called production')
    .option('--no-production', 'does not ask')
    .option('--json', 'for programs: JSON')
    .addHelpText(
      'after',
      `
Examples:
  everhook login
  everhook login --context production --url https://hooks.example.com
  pass show everhook | everhook login --url https://hooks.example.com --key-stdin`,
    )
    .action(login);
}
