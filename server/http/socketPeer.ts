import type { WebSocket } from 'ws';
import { bytesOf, maxUnpacedBytes, type ReaderLimits, writePaced } from './reader.ts';

/** Unread bytes of a peer above which nothing more is read from it. */
const maxUnreadBytes = 1024 * 1024;
/** How long a peer has to answer a close, in milliseconds. */
const closingMs = 2_000;

/** Sends to one peer, in order. */
export interface Peer {
  /**
   * Sends a text, whole or in consecutive parts. While the peer does not read, nothing is read from it either, so
   * answers cannot pile up beyond those of running operations. A long text is sent at the peer's pace; a peer that
   * takes none of it is cut off. A peer that leaves short texts unread does not answer the next ping either.
   *
   * @returns resolves once the text is written, or the peer has gone
   */
  send(texts: string | readonly string[]): Promise<void>;
}

/** @param unread - counts bytes that the peer has not taken yet, until the returned function is called */
export function createPeer(socket: WebSocket, patience: ReaderLimits, unread: (bytes: number) => () => void): Peer {
  /** The last send in the queue; null if there is none. */
  let tail: Promise<void> | null = null;
  /** Bytes that wait behind a long text. */
  let waiting = 0;

  function listen(): void {
    const left = waiting + (tail === null ? socket.bufferedAmount : 0);
    if (left > maxUnreadBytes) socket.pause();
    else if (socket.isPaused) socket.resume();
  }

  function sendNow(text: string, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      let taken: (() => void) | undefined;
      // A send that failed had lost its peer, which is no error: the close event reports it.
      socket.send(text, () => {
        taken?.();
        listen();
        resolve();
      });
      if (socket.bufferedAmount > 0) taken = unread(bytes);
      listen();
    });
  }

  const sendLong = (answer: readonly Buffer[]) =>
    writePaced(
      answer,
      {
        get gone() {
          return socket.readyState !== socket.OPEN;
        },
        write: (piece, last) =>
          new Promise<void>((taken) => socket.send(piece, { binary: false, fin: last }, () => taken())),
        disconnect: () => socket.terminate(),
      },
      patience,
    );

  return {
    send(texts) {
      const parts = typeof texts === 'string' ? [texts] : texts;
      const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
      const isLong = length > maxUnpacedBytes;
      if (tail === null && !isLong) return sendNow(parts.join(''), length);
      const taken = unread(length);
      waiting += length;
      const sent = (tail ?? Promise.resolve()).then(async () => {
        waiting -= length;
        listen();
        if (isLong) await sendLong(bytesOf(parts));
        else await sendNow(parts.join(''), length);
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

/** Sockets whose close is awaited. */
const closing = new WeakSet<WebSocket>();

/** Waits for the peer's answer to a close, but not for long: `ws` itself would wait 30 s. */
export function awaitClose(socket: WebSocket): void {
  if (closing.has(socket)) return;
  closing.add(socket);
  const impatient = setTimeout(() => socket.terminate(), closingMs);
  socket.once('close', () => clearTimeout(impatient));
}

/** Closes a connection with a code for the peer. */
export function closeTo(socket: WebSocket, code?: number, reason?: string): void {
  socket.close(code, reason);
  awaitClose(socket);
}
