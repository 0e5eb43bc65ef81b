import { ValidationError } from '../errors.ts';
import {
  type FromPortal,
  messageType,
  type PortalAppearance,
  type PortalLinkReason,
  type ToPortal,
} from './messages.ts';

/** What is known where a link is asked for. */
export interface PortalLinkRequest {
  readonly reason: PortalLinkReason;
  /** Aborted where nobody waits any more, and after 30 seconds. */
  readonly signal: AbortSignal;
}

/** Gets a new portal link from your own server: its whole address, `https://hooks.example.com/portal#token=…`. */
export type GetPortalLink = (request: PortalLinkRequest) => Promise<string>;

/** How far a portal in a frame is. */
export type PortalState = 'loading' | 'open' | 'failed';

export interface HostPortalOptions {
  readonly frame: HTMLIFrameElement;
  readonly getLink: GetPortalLink;
  /** How the page looks. @default as the visitor's device */
  readonly appearance?: PortalAppearance | undefined;
  /** The portal's language, such as `de`. @default the theme's, or the browser's */
  readonly language?: string | undefined;
  /** Called for each failure to get a link. It is asked for again by itself, while the portal needs it. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly onState?: ((state: PortalState) => void) | undefined;
}

/** A portal in a frame of this page. */
export interface HostedPortal {
  setAppearance(appearance: PortalAppearance | undefined): void;
  /** Asks for a link again at once, where that failed. */
  retry(): void;
  /** Stops listening and asking. The frame itself stays. */
  close(): void;
}

const linkWithinMs = 30_000;
const longestPauseMs = 30_000;

/** @throws ValidationError for what is no portal link */
function readLink(link: unknown): { address: URL; token: string } {
  const address = typeof link === 'string' && URL.canParse(link) ? new URL(link) : null;
  const token = address && new URLSearchParams(address.hash.slice(1)).get('token');
  if (address && token && /^https?:$/.test(address.protocol)) return { address, token };
  const message =
    'getLink must give the whole address of a portal link, https://…/portal#token=…: the installation’s address, followed by the path of portalLinks.create.';
  throw new ValidationError(message, { field: 'getLink' });
}

/**
 * Opens a portal in a frame and keeps it open: gives it a link, and a new one when it asks, before the old one ends.
 *
 * It hears only the window of this frame, and only while that shows the portal's own origin; what it says is posted to that origin
 * alone.
 */
export function hostPortal(options: HostPortalOptions): HostedPortal {
  const { frame, getLink, language } = options;
  const closing = new AbortController();
  let { appearance } = options;
  let origin: string | null = null;
  let asking = false;
  let wake = () => {};

  /** What the page does with it is its own affair: a fault there keeps nobody from the portal. */
  const toPage = (call: () => void) => {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  };
  const onState = (state: PortalState) => toPage(() => options.onState?.(state));
  const onError = (error: unknown) => toPage(() => options.onError?.(error));
  const tell = (message: ToPortal) => {
    if (origin !== null) frame.contentWindow?.postMessage(message, origin);
  };
  const introduce = () => tell({ type: 'everhook:host', appearance });

  async function linkFor(reason: PortalLinkReason) {
    const late = new AbortController();
    const stop = () => late.abort();
    const timer = setTimeout(stop, linkWithinMs);
    closing.signal.addEventListener('abort', stop, { once: true });
    try {
      const aborted = new Promise<never>((_, reject) => {
        late.signal.addEventListener('abort', () => reject(new Error('getLink gave no link within 30 seconds.')), {
          once: true,
        });
      });
      return readLink(await Promise.race([getLink({ reason, signal: late.signal }), aborted]));
    } finally {
      clearTimeout(timer);
      closing.signal.removeEventListener('abort', stop);
    }
  }

  function show({ address, token }: { address: URL; token: string }): void {
    if (address.origin === origin) {
      tell({ type: 'everhook:link', token });
      return;
    }
    if (origin !== null) {
      throw new ValidationError(`getLink gave a link of ${address.origin}, and the frame shows ${origin}.`, {
        field: 'getLink',
      });
    }
    origin = address.origin;
    const hash = new URLSearchParams({ token });
    if (appearance) hash.set('appearance', appearance);
    if (language) hash.set('lang', language);
    address.hash = hash.toString();
    frame.src = address.href;
  }

  /** One request at a time; after a failure again, with growing pauses. */
  async function ask(reason: PortalLinkReason): Promise<void> {
    for (let pause = 1_000; !closing.signal.aborted; pause = Math.min(longestPauseMs, pause * 2)) {
      try {
        const link = await linkFor(reason);
        if (!closing.signal.aborted) show(link);
        return;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (reason !== 'expiring') onState('failed');
        tell({ type: 'everhook:no-link' });
        onError(error);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }
  const want = (reason: PortalLinkReason) => {
    if (asking) return;
    asking = true;
    void ask(reason).finally(() => {
      asking = false;
    });
  };

  const hear = (event: MessageEvent) => {
    // Both: another frame of the same origin is not this one, and this one may have gone to another origin.
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    switch (messageType(event.data)) {
      case 'everhook:opened':
        introduce();
        return onState('open');
      case 'everhook:link-wanted':
        return want((event.data as FromPortal & { reason: PortalLinkReason }).reason);
    }
  };
  window.addEventListener('message', hear);
  frame.addEventListener('load', introduce);
  onState('loading');
  want('opening');

  return {
    setAppearance(next) {
      appearance = next;
      introduce();
    },
    retry: () => wake(),
    close() {
      closing.abort();
      wake();
      window.removeEventListener('message', hear);
      frame.removeEventListener('load', introduce);
    },
  };
}
