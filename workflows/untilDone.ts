/** How activities are tried that are to be done in the end, however often that fails. */
export const untilDone = {
  // A worker that died is noticed after this long, and another takes over.
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
} as const;
