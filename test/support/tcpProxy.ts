import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { bracketed } from '../../core/ground/listening.ts';

/** A proxy to a server whose connections a test can cut. */
export interface TcpProxy {
  readonly url: string;
  /** Breaks every connection at once. */
  cut(): void;
  /** From now on, up to this many times, drops the server's answer and breaks the connection. */
  loseAnswers(count: number): void;
  /** From now on nothing passes in either direction, while connections stay open. */
  freeze(): void;
  /** How many connections were made. */
  readonly connections: number;
  close(): Promise<void>;
}

/**
 * @param target - an http URL on loopback
 * @param host - the address of loopback to listen on
 */
export async function tcpProxy(target: string, host: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  let answersToLose = 0;
  let frozen = new WeakSet<Socket>();
  const server = createServer((inward) => {
    connections++;
    const outward = connect(Number(port), hostname);
    const pair = [inward, outward];
    const end = () => {
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        end();
      });
    }
    inward.on('data', (chunk) => {
      if (!frozen.has(inward)) outward.write(chunk);
    });
    outward.on('data', (chunk) => {
      if (answersToLose > 0) {
        answersToLose--;
        end();
      } else if (!frozen.has(inward)) inward.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${bracketed(host)}:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
    loseAnswers(count) {
      answersToLose = count;
    },
    freeze() {
      frozen = new WeakSet(open);
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
