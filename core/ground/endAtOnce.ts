const signals = ['SIGINT', 'SIGTERM'] as const;
let ending: (() => void) | null = null;

/**
 * Until the command that is being loaded handles signals itself, they end the process at once: nothing has begun. Without
 * this, process 1 of a container would ignore them.
 *
 * @param code - the exit code
 */
export function endAtOnceWhenAsked(code: number): void {
  ending = () => process.exit(code);
  for (const signal of signals) process.on(signal, ending);
}

/** The caller handles signals from now on. */
export function handleSignalsHere(): void {
  if (ending !== null) for (const signal of signals) process.off(signal, ending);
  ending = null;
}
