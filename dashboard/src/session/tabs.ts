/** Tells a browser's other tabs that its session is another one now. They share the cookie, so they share the session. */
const channel = new BroadcastChannel('everhook session');

/** @param session - the id of the session that the browser has now; null for none */
export const tellTabs = (session: string | null): void => channel.postMessage(session);

/** @returns ends it */
export function hearTabs(heard: (session: string | null) => void): () => void {
  const listener = ({ data }: MessageEvent<string | null>) => heard(data);
  channel.addEventListener('message', listener);
  return () => channel.removeEventListener('message', listener);
}
