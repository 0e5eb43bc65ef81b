import type { Tone } from '../design/Surfaces.tsx';
import type { Standing } from './standing.ts';
import type { StatusPart } from './statusLine.ts';

export const standingTones: Readonly<Record<Standing, Tone>> = {
  disabled: 'bad',
  degraded: 'warn',
  off: 'neutral',
  paused: 'warn',
  resuming: 'accent',
  healthy: 'good',
};

/** The tone of a status line: a webhook that is well is none to worry about only where nothing of late failed or was missed. */
export function toneOf(standing: Standing, parts: readonly StatusPart[]): Tone {
  const tone = standingTones[standing];
  return tone === 'good' && parts.some(({ say }) => say === 'failed' || say === 'missed') ? 'warn' : tone;
}
