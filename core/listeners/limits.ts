/** Listeners of one organization at the same time. */
export const maxListeners = 100;
/** Patterns of all of them together: each new type is matched with all. */
export const maxPatternsTogether = 500;
/** How long a listener waits for its client to come back. Milliseconds. */
export const graceMs = 60_000;
/** How often a subscription says that it still listens. Milliseconds. */
export const keepAliveMs = 10_000;
/** Requests of one listener that its client has not answered. It gets no more until it answers. */
export const maxUnanswered = 32;
/** Requests that wait for one listener: where more come, the oldest are cancelled. */
export const maxWaiting = 10_000;
/** Limit for an answer of the developer's own server, which the client keeps. Milliseconds. */
export const timeoutMs = 30_000;
