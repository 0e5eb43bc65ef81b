import type { WebSocket } from 'ws';
import { atOnceBytes, bytesOf, type Patience, pour } from './reader.ts';

/** Bytes that a peer may leave unread before nothing more is read from it. */
const mostUnread = 1024 * 1024;
/** How long a peer has to answer a close, in milliseconds. */
const closingMs = 2_000;

/** What is sent to one peer, in order. */
export interface Peer {
  /**
   * Sends a text, whole or in parts that follow each other, and listens to a peer that does not read no further until it does:
   * answers cannot pile up beyond those of what is under way. A long text is sent at the peer's pace; one that takes nothing of it
   * is cut off. Whoever leaves short ones unread does not answer the next ping either.
   *
   * @returns resolves once the text is handed on, or there is nobody to hand it to
   */
  send(texts: string | readonly string[]): Promise<void>;
}

/** @param unread - counts bytes that the peer has not taken yet, until what it returns is called */
export function createPeer(socket: WebSocket, patience: Patience, unread: (bytes: number) => () => void): Peer {
  /** The last of what is sent one after the other; null where nothing is. */
  let tail: Promise<void> | null = null;
  /** Characters that wait for their turn behind a long text. */
  let waiting = 0;

  function listen(): void {
    const left = waiting + (tail === null ? socket.bufferedAmount : 0);
    if (left > mostUnread) socket.pause();
    else if (socket.isPaused) socket.resume();
  }

  function sendNow(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      let taken: (() => void) | undefined;
      // What could not be sent had nobody to go to any more, which is no error: the close is told of elsewhere.
      socket.send(text, () => {
        taken?.();
        listen();
        resolve();
      });
      if (socket.bufferedAmount > 0) taken = unread(text.length);
      listen();
    });
  }

  const sendLong = (answer: readonly Buffer[]) =>
    pour(
      answer,
      {
        get gone() {
          return socket.readyState !== socket.OPEN;
        },
        write: (piece, last) =>
          new Promise<void>((taken) => socket.send(piece, { binary: false, fin: last }, () => taken())),
        cut: () => socket.terminate(),
      },
      patience,
    );

  return {
    send(texts) {
      const parts = typeof texts === 'string' ? [texts] : texts;
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      const isLong = length > atOnceBytes;
      if (tail === null && !isLong) return sendNow(parts.join(''));
      const taken = unread(length);
      waiting += length;
      const sent = (tail ?? Promise.resolve()).then(async () => {
        waiting -= length;
        listen();
        if (isLong) await sendLong(bytesOf(parts));
        else await sendNow(parts.join(''));
        taken();
        if (tail === sent) tail = null;
        listen();
      });
      tail = sent;
      listen();
      return sent;
    },
  };
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
