import type { WebSocket } from 'ws';

/** Bytes that a peer may leave unread before nothing more is read from it. */
const mostUnread = 1024 * 1024;
/** How long a peer has to answer a close, in milliseconds. */
const closingMs = 2_000;

/**
 * Sends to a peer, and listens to one that does not read no further until it does: answers cannot pile up beyond those of what
 * is under way. Whoever stays so does not answer the next ping either.
 *
 * @returns resolves once the text is handed on, or there is nobody to hand it to
 */
export function sendTo(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(text, (error) => {
      if (socket.isPaused && socket.bufferedAmount <= mostUnread) socket.resume();
      if (error) reject(error);
      else resolve();
    });
    if (socket.bufferedAmount > mostUnread) socket.pause();
  });
}

/** Waits for the peer's part of a close that has begun, but not for long: `ws` itself would for 30 s. */
export function awaitClose(socket: WebSocket): void {
  const impatient = setTimeout(() => socket.terminate(), closingMs);
  socket.once('close', () => clearTimeout(impatient));
}

/** Closes a connection with a code for the peer. */
export function closeTo(socket: WebSocket, code?: number, reason?: string): void {
  socket.close(code, reason);
  awaitClose(socket);
}
