/** A WebSocket constructor: the platform's own, or a compatible one. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => unknown;

/** The platform's WebSocket; on Node 20, which has none, the `ws` package's. */
export async function platformWebSocket(): Promise<WebSocketConstructor> {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  if (WebSocket) return WebSocket;
  return (await import('ws')).WebSocket as unknown as WebSocketConstructor;
}
