import { totalmem } from 'node:os';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The container's memory limit, or the machine's memory. */
function memoryHere(): string {
  const allowed = process.constrainedMemory?.() ?? 0;
  const bytes = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

const needs = 'Everhook needs at least 1 GB of memory, better 2 GB (docs/run.md, What it needs)';

/** Says which process ended, how, the likely cause, and what to do. Shells report signals as codes over 128. */
export function howItEnded(name: string, { code, signal }: Ending): string {
  if (signal === 'SIGKILL' || code === 137) {
    return `${name} was killed (SIGKILL): if nobody did it by hand, the system did, because memory ran out. ${needs}; there is ${memoryHere()} here.`;
  }
  if (signal === 'SIGABRT' || code === 134) {
    return `${name} gave up (SIGABRT), as Node does when its memory runs out; its log says more. ${needs}; there is ${memoryHere()} here.`;
  }
  if (signal !== null) return `${name} was ended by ${signal}.`;
  return `${name} ended with exit code ${code ?? 'unknown'}.`;
}
