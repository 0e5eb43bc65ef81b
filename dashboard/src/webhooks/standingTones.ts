import type { Tone } from '../design/Surfaces.tsx';
import type { Standing } from './standing.ts';

export const standingTones: Readonly<Record<Standing, Tone>> = {
  disabled: 'bad',
  degraded: 'warn',
  off: 'neutral',
  paused: 'warn',
  resuming: 'accent',
  healthy: 'good',
};
