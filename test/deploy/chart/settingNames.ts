import { loadConfig } from '../../../core/composition/config.ts';

/** The names of all settings, as the product lists them when it gets an unknown one. */
export function settingNames(): string[] {
  try {
    loadConfig({ EVERHOOK_QQQQQQQQQQQQQQQQQQQQQQQQ: '1' });
  } catch (error) {
    return /Known are (.*)\./.exec((error as Error).message)?.[1]?.split(', ') ?? [];
  }
  return [];
}
