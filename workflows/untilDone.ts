/** Options of activities that must be done in the end, however often they fail. */
export const untilDone = {
  // After this long, a dead worker is noticed and another takes over.
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
} as const;
