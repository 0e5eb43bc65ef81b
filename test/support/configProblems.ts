import { ConfigError, loadConfig } from '../../core/composition/config.ts';

/** What is wrong with an environment, as a start says it; nothing if it can be used. */
export function configProblems(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
