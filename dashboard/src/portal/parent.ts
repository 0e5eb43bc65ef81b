import { type FromPortal, messageType, type ToPortal } from '@everhook/sdk/portal';

/**
 * The origin of the page around this frame, as the browser says; null for a page of its own. Undefined where it does not say: then
 * the page's first message tells, whose origin is the browser's word, too.
 */
export function originAbove(): string | null | undefined {
  if (window.parent === window) return null;
  const [above] = 'ancestorOrigins' in location ? [...location.ancestorOrigins] : [];
  if (above !== undefined) return above === 'null' ? undefined : above;
  return URL.canParse(document.referrer) ? new URL(document.referrer).origin : undefined;
}

/** Says something to the page around this frame, if it is of this origin. Never to whoever it may be. */
export function tellHost(origin: string, message: FromPortal): void {
  window.parent.postMessage(message, origin);
}

/** Hears the page around this frame, and nobody else. @param hear - with the origin that the browser names */
export function hearHost(hear: (message: ToPortal, origin: string) => void): void {
  window.addEventListener('message', ({ source, origin, data }) => {
    if (window.parent === window || source !== window.parent || origin === 'null') return;
    if (messageType(data) !== null) hear(data as ToPortal, origin);
  });
}
