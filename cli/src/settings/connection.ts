import { Everhook } from '@everhook/sdk';
import type { Command } from 'commander';
import { CliError, exitCodes, usageError } from '../exit/codes.ts';
import { readConfig } from './configFile.ts';
import { wayTo } from './network.ts';
import { faultOfServiceUrl } from './serviceUrl.ts';

/** What every command that calls the service takes. */
export interface ConnectionOptions {
  readonly context?: string | undefined;
  readonly project?: string | undefined;
  readonly organization?: string | undefined;
  readonly json?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

export interface Scope {
  readonly projectId?: string;
  readonly organizationId?: string;
}

/** Where a command works, and with what key. */
export interface Place {
  readonly url: string;
  readonly key: string;
  /** The name of the context; null: the environment says it all. */
  readonly context: string | null;
  readonly production: boolean;
  readonly scope: Scope;
}

export interface Connection extends Place {
  readonly everhook: Everhook;
}

export const defaultUrl = 'http://127.0.0.1:4000';

/** Names of contexts that are taken for production without being told. */
export const soundsLikeProduction = (name: string): boolean => /^(prod|production|live)$/i.test(name);

/** Adds the options of {@link ConnectionOptions} to a command. */
export function connected(command: Command): Command {
  return command
    .option('--context <name>', 'another context than the one in use')
    .option('--project <id>', 'id or external id of the project')
    .option('--organization <id>', 'id or external id of the organization, in place of a project')
    .option('--json', 'for programs: JSON on stdout, errors as JSON on stderr');
}

const originOf = (url: string): string => {
  try {
    return new URL(url).href;
  } catch {
    return url;
  }
};

/** Settings win in this order: options, environment, the context. @throws CliError where there is no key */
export async function placeOf(options: ConnectionOptions): Promise<Place> {
  const { EVERHOOK_URL, EVERHOOK_KEY, EVERHOOK_PROJECT, EVERHOOK_CONTEXT } = process.env;
  const config = await readConfig();
  const asked = options.context ?? (EVERHOOK_CONTEXT || undefined);
  const name = asked ?? config.current;
  const context = name !== undefined && Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (asked !== undefined && context === undefined) {
    const known = Object.keys(config.contexts).join(', ') || 'none yet';
    throw usageError(
      `There is no context "${asked}". Known: ${known}. \`everhook login --context ${asked}\` makes it.`,
      '--context',
    );
  }
  const url = EVERHOOK_URL || context?.url || defaultUrl;
  const fault = faultOfServiceUrl(url);
  if (fault !== null) throw usageError(`EVERHOOK_URL ${fault}`, 'EVERHOOK_URL');
  const key = EVERHOOK_KEY || context?.key;
  if (!key) {
    throw new CliError(
      'You are not signed in. Run `everhook login`, or set EVERHOOK_URL and EVERHOOK_KEY.',
      exitCodes.credentials.code,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new CliError(
      'The key has spaces, line ends or letters that no key has: copy it again.',
      exitCodes.credentials.code,
      EVERHOOK_KEY ? 'EVERHOOK_KEY' : undefined,
    );
  }
  // A key goes only where its context says.
  if (EVERHOOK_URL && !EVERHOOK_KEY && originOf(EVERHOOK_URL) !== originOf(context?.url ?? '')) {
    throw new CliError(
      `EVERHOOK_URL names another service than the context "${name}", whose key is not sent there. Set EVERHOOK_KEY as well, or unset EVERHOOK_URL.`,
      exitCodes.credentials.code,
      'EVERHOOK_URL',
    );
  }
  if (options.project !== undefined && options.organization !== undefined) {
    throw usageError('Give --project or --organization, not both.', '--organization');
  }
  const project = options.project ?? (EVERHOOK_PROJECT || context?.project);
  const scope: Scope =
    options.organization !== undefined
      ? { organizationId: options.organization }
      : project !== undefined
        ? { projectId: project }
        : {};
  const isContext = context !== undefined && originOf(url) === originOf(context.url);
  return {
    url,
    key,
    context: isContext && !EVERHOOK_KEY ? (name as string) : null,
    production: isContext && (context.production ?? soundsLikeProduction(name as string)),
    scope,
  };
}

/** The scope of a command: as it is given, or else that of the key. */
export async function ownScope({ everhook, scope }: Connection): Promise<Scope> {
  if (Object.keys(scope).length > 0) return scope;
  const { project, organization } = await everhook.viewer();
  if (project) return { projectId: project.id };
  if (organization) return { organizationId: organization.id };
  throw usageError('Say where: --project or --organization. This key has none of its own.', '--project');
}

/** Calls the service, and lets go of it afterwards. @param retries - of a call that failed for a temporary reason */
export async function withEverhook<Result>(
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<Result>,
  { retries = 2, timeoutMs }: { readonly retries?: number; readonly timeoutMs?: number } = {},
): Promise<Result> {
  const place = await placeOf(options);
  const everhook = new Everhook({ ...(await wayTo(place.url)), url: place.url, apiKey: place.key, retries, timeoutMs });
  try {
    return await work({ ...place, everhook });
  } finally {
    await everhook.close();
  }
}
