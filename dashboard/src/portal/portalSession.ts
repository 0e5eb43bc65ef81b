import { Everhook, EverhookError, type PortalTheme, type Viewer } from '@everhook/sdk';
import type { PortalAppearance, PortalLinkReason } from '@everhook/sdk/portal';
import { apiUrl } from '../base.ts';
import { isPassing } from '../session/passing.ts';
import { keep, readKept } from './kept.ts';
import { hearHost, originAbove, tellHost } from './parent.ts';

/** Why a portal shows no pages. */
export type Closed = 'incomplete' | 'ended' | 'refused' | 'failed';

export type PortalState =
  | { readonly is: 'opening'; readonly look: PortalTheme | null }
  | { readonly is: 'closed'; readonly why: Closed; readonly error: unknown; readonly look: PortalTheme | null }
  | {
      readonly is: 'open';
      readonly client: Everhook;
      readonly viewer: Viewer;
      readonly look: PortalTheme | null;
      /** Grows where what comes is no renewal, but another session. */
      readonly epoch: number;
      /** Its link has ended, and the page around was asked for a new one: nothing may be seen or done meanwhile. */
      readonly ended: boolean;
    };

/** How long the page around may take to say who it is, or to give a link. */
const hostWithinMs = 5_000;
const linkWithinMs = 20_000;
/** No more often than this is a link asked for because the last one ends soon: clocks may differ. */
const leastBetweenMs = 20_000;
/** Least time between any two requests. */
const restMs = 2_000;

/** Whether this frame showed the portal before: then its link was whole, and the browser has kept nothing of it. */
const wasReloaded = (): boolean =>
  performance
    .getEntriesByType('navigation')
    .some((entry) => (entry as PerformanceNavigationTiming).type !== 'navigate');

/** How long before its end a link is renewed. */
const leadMs = (leftMs: number) => Math.max(15_000, Math.min(300_000, leftMs / 5));

/**
 * The session of a portal: its link's token, in memory and in the frame's own storage, never a cookie. A page around the frame
 * renews it: docs/decisions/0030-portal-sessions.md says how both know each other.
 */
export class PortalSession {
  #state: PortalState = { is: 'opening', look: null };
  readonly #listeners = new Set<() => void>();
  #token = '';
  /** The page around the frame that gave the token; null for none, undefined where that is not known yet. */
  #host: string | null | undefined = originAbove();
  /** Only a page that speaks can be asked. */
  #hostSpeaks = false;
  #expiresAt = Number.POSITIVE_INFINITY;
  #lastAsked = 0;
  /** How long before its end the present link is renewed. */
  #lead = 0;
  #renewing: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #checking = false;
  #onHostKnown: (() => void) | null = null;
  onAppearance: (appearance: PortalAppearance | undefined) => void = () => {};
  /** Called with a theme before pages are shown in it; they wait for what it does. */
  onLook: (look: PortalTheme | null) => Promise<void> = async () => {};

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): PortalState => this.#state;

  /** Takes up the link of the address, or what was kept over a reload. */
  start(): void {
    hearHost((message, origin) => this.#hear(message, origin));
    window.addEventListener('hashchange', () => this.#takeAddress());
    document.addEventListener('visibilitychange', () => this.#renewInTime());
    if (this.#takeAddress()) return;
    const kept = readKept();
    if (kept) this.#show(kept.look);
    if (kept?.token) this.#resume(kept.token, kept.host);
    else if (this.#host === null) this.#close(kept ? 'ended' : 'incomplete');
    else {
      const why = kept ? 'ended' : wasReloaded() ? 'refused' : 'incomplete';
      this.#wait(hostWithinMs, () => this.#close(why), 'opening');
    }
  }

  /** Tries again what failed for a passing reason. */
  readonly retry = (): void => {
    this.#set({ is: 'opening', look: this.#state.look });
    void this.#enter(this.#token);
  };

  /** Called with every error of a call. */
  readonly handleAuthError = async (error: unknown): Promise<void> => {
    if (!(error instanceof EverhookError) || error.code !== 'UNAUTHENTICATED') return;
    const state = this.#state;
    if (state.is !== 'open' || state.ended || this.#checking) return;
    this.#checking = true;
    try {
      // The call may have begun with the token before this one.
      await state.client.viewer();
    } catch (again) {
      if (again instanceof EverhookError && again.code === 'UNAUTHENTICATED') this.#end(error);
    } finally {
      this.#checking = false;
    }
  };

  /** @returns whether the address holds a token */
  #takeAddress(): boolean {
    const given = new URLSearchParams(location.hash.slice(1));
    const token = given.get('token');
    if (token === null) return false;
    // Removed from the address, it is in no screenshot and no history.
    history.replaceState(history.state, '', location.href.split('#')[0]);
    const appearance = given.get('appearance');
    if (appearance === 'light' || appearance === 'dark') this.onAppearance(appearance);
    void this.#enter(token);
    return true;
  }

  /** Takes the look that the portal had before its reload. */
  #show(look: PortalTheme | null): void {
    this.#set({ is: 'opening', look });
    void this.onLook(look).catch(() => {});
  }

  /** @param host - the origin of the page that gave the token; null for none */
  #resume(token: string, host: string | null): void {
    const proceed = () => {
      // Another page around the same address is not the one that gave the token.
      if (this.#host === host) void this.#enter(token);
      else this.#close('refused');
    };
    if (this.#host !== undefined) proceed();
    else {
      this.#wait(hostWithinMs, () => this.#close('refused'));
      this.#onHostKnown = proceed;
    }
  }
  #hear(
    message: { readonly type: string; readonly token?: unknown; readonly appearance?: unknown },
    origin: string,
  ): void {
    this.#host ??= origin;
    if (origin !== this.#host) return;
    this.#hostSpeaks = true;
    switch (message.type) {
      case 'everhook:host': {
        const { appearance } = message;
        if (appearance === 'light' || appearance === 'dark' || appearance === undefined) this.onAppearance(appearance);
        const known = this.#onHostKnown;
        this.#onHostKnown = null;
        if (known) known();
        else if (this.#state.is === 'opening' && this.#token === '' && this.#lastAsked === 0) this.#ask('opening');
        else if (this.#state.is === 'closed') this.#ask(this.#state.why === 'incomplete' ? 'opening' : 'ended');
        return;
      }
      case 'everhook:link':
        if (typeof message.token === 'string') void this.#enter(message.token);
        return;
      case 'everhook:no-link':
        // It tries again by itself. Meanwhile there is nothing to wait for in silence.
        if (this.#state.is !== 'open') this.#close(this.#state.is === 'closed' ? this.#state.why : 'ended');
    }
  }

  #ask(reason: PortalLinkReason): void {
    const host = this.#host;
    if (typeof host !== 'string') return;
    // A page whose links are no good is not asked as fast as it answers.
    const wait = Math.max(0, this.#lastAsked + restMs - Date.now());
    this.#lastAsked = Date.now() + wait;
    setTimeout(() => tellHost(host, { type: 'everhook:link-wanted', reason }), wait);
  }

  #wait(milliseconds: number, give: () => void, reason?: PortalLinkReason): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(give, milliseconds);
    if (reason) this.#ask(reason);
  }

  async #enter(token: string): Promise<void> {
    this.#token = token;
    const client = new Everhook({ url: apiUrl, apiKey: () => token, retries: 2 });
    let viewer: Viewer;
    try {
      viewer = await client.viewer();
    } catch (error) {
      if (token !== this.#token) return;
      if (isPassing(error)) {
        if (this.#state.is !== 'open') this.#close('failed', error);
        else this.#renewing = setTimeout(() => void this.#enter(token), 3_000);
      } else this.#end(error);
      return;
    }
    const look = viewer.project?.portalTheme ?? null;
    // Without the words of its language, a portal opens in the one that it has.
    await this.onLook(look).catch(() => {});
    if (token !== this.#token) return;
    clearTimeout(this.#waiting);
    const before = this.#state;
    const sameProject = before.is === 'open' && before.viewer.project?.id === viewer.project?.id;
    const epoch = before.is === 'open' ? before.epoch + (sameProject ? 0 : 1) : 0;
    this.#expiresAt = viewer.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(viewer.expiresAt);
    this.#lead = leadMs(this.#expiresAt - Date.now());
    const expiresAt = Math.min(this.#expiresAt, Date.now() + 86_400_000);
    keep({ token, expiresAt, host: this.#host ?? null, look });
    this.#set({ is: 'open', client, viewer, look, epoch, ended: false });
    if (typeof this.#host === 'string') tellHost(this.#host, { type: 'everhook:opened' });
    this.#renewInTime();
  }

  #renewInTime(): void {
    clearTimeout(this.#renewing);
    if (this.#state.is !== 'open' || this.#expiresAt === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(this.#expiresAt - this.#lead, this.#lastAsked + leastBetweenMs) - Date.now();
    if (wait > 0) this.#renewing = setTimeout(() => this.#renewInTime(), Math.min(wait, 2 ** 31 - 1));
    else {
      if (this.#hostSpeaks) this.#ask('expiring');
      this.#renewing = setTimeout(() => this.#renewInTime(), leastBetweenMs);
    }
  }

  /** The token is good for nothing any more. */
  #end(error: unknown): void {
    clearTimeout(this.#renewing);
    const state = this.#state;
    keep({ token: null, expiresAt: 0, host: this.#host ?? null, look: state.look });
    if (!this.#hostSpeaks) {
      this.#close('ended', error);
      return;
    }
    // What was typed stays, unseen, until the page around gives a new link.
    if (state.is === 'open') this.#set({ ...state, ended: true });
    else if (state.is === 'opening') this.#set({ is: 'opening', look: state.look });
    const give = () => {
      if (this.#state.is !== 'open') this.#close('ended', error);
    };
    this.#wait(linkWithinMs, give, 'ended');
  }

  #close(why: Closed, error: unknown = null): void {
    clearTimeout(this.#waiting);
    this.#set({ is: 'closed', why, error, look: this.#state.look });
  }

  #set(state: PortalState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
