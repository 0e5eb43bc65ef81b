/**
 * The objects that the API makes for one event live a little longer than Node's young generation lasts under load by
 * default; collecting them then cost ten times as much.
 */
export const apiFlags = ['--max-semi-space-size=32'] as const;
/** A worker mostly waits: Node's default young generation took 30 MB more and made nothing faster. */
export const workerFlags = ['--max-semi-space-size=4'] as const;

/**
 * The C library gives every thread of Node a heap of its own, which it rarely gives back: two heaps are as fast, and take
 * about 20 MB less. A value in the environment has priority.
 */
export const memoryEnvironment = { MALLOC_ARENA_MAX: '2' };
