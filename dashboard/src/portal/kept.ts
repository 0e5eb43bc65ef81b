import type { PortalTheme } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { newKey } from '../session/newKey.ts';

/** What a frame keeps over its own reload. */
export interface Kept {
  /** Null once it is good for nothing any more: then a reload can say so, in the look that the portal had. */
  readonly token: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The origin of the page that gave the token; null for a tab of its own. */
  readonly host: string | null;
  /** Shown while the reloaded page is on its way. */
  readonly look: PortalTheme | null;
}

/**
 * Where it is kept: in this tab's storage, of which a browser gives a frame a part for the site around it alone. Two portals of one
 * page share that part, so each has its own name, which the browser keeps over a reload.
 */
function key(): string {
  if (window.name === '') window.name = `portal-${newKey()}`;
  return `everhook.portal.${window.name}`;
}

export function keep(kept: Kept): void {
  try {
    sessionStorage.setItem(key(), JSON.stringify(kept));
  } catch {
    // Storage is denied: it lasts as long as the document, and after a reload the page around is asked.
  }
}

export function readKept(): Kept | null {
  try {
    const kept = parseJson(sessionStorage.getItem(key()) ?? 'null') as Kept | null;
    if (!kept || kept.expiresAt > Date.now()) return kept;
    const ended = { ...kept, token: null };
    keep(ended);
    return ended;
  } catch {
    // As if there was none.
    return null;
  }
}
