import { nodeEnvironment } from '../../local/environment.ts';

/**
 * The environment of a user's shell on this machine, with the proxy, the certificates and the settings by which npm reaches its registry
 * from here, and none of the tests' own.
 */
export function userShell(): NodeJS.ProcessEnv {
  const { NODE_ENV, ...shell } = nodeEnvironment();
  const { npm_config_userconfig, npm_config_cache } = process.env;
  return { ...shell, npm_config_userconfig, npm_config_cache };
}
