/** A WebSocket constructor: the platform's own, or a compatible one. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => unknown;

interface Platform {
  readonly WebSocket?: WebSocketConstructor;
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/**
 * The platform's WebSocket; on Node the `ws` package's. Node 20 has none of its own, and that of later ones cannot be cut off: over a
 * dead connection it keeps the process alive for a minute after it was closed.
 */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const { WebSocket, process } = globalThis as Platform;
  const isNode = process?.versions?.node !== undefined && !('Deno' in globalThis) && !('Bun' in globalThis);
  if (WebSocket && !isNode) return WebSocket;
  return (await import('ws')).WebSocket as unknown as WebSocketConstructor;
}
