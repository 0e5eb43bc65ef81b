/** The colours that a page asks of the portal in its frame. */
export type PortalAppearance = 'light' | 'dark';

/**
 * What a page tells the portal in its frame. It is posted to the portal's own origin alone, so a frame that has gone elsewhere
 * hears nothing.
 */
export type ToPortal =
  /** Who the page is: its origin comes with the message, by the browser. Also tells how the page looks now. */
  | { readonly type: 'everhook:host'; readonly appearance?: PortalAppearance | undefined }
  /** A new link's token. */
  | { readonly type: 'everhook:link'; readonly token: string }
  /** There is no new link at present. */
  | { readonly type: 'everhook:no-link' };

/** What the portal tells the page that frames it, by its exact origin. None of it is secret. */
export type FromPortal =
  /** It shows its pages. */
  | { readonly type: 'everhook:opened' }
  /** It needs a link: it has none, the one it has ends soon, or has ended. */
  | { readonly type: 'everhook:link-wanted'; readonly reason: PortalLinkReason };

/** Why a link is asked for: for the first time or after a reload of the frame, before the present one ends, or after it ended. */
export type PortalLinkReason = 'opening' | 'expiring' | 'ended';

/** Reads a message of either side. Others' messages, of whatever form, are none. */
export function messageType(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null;
  return typeof data.type === 'string' && data.type.startsWith('everhook:') ? data.type : null;
}
