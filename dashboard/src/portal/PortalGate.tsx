import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { base } from '../base.ts';
import { applyLook, applyNeutral, LookContext, lookOf } from '../look/look.ts';
import { newQueryClient, type Session, SessionContext } from '../session/session.tsx';
import { applyTheme, keptTheme } from '../shell/theme.ts';
import { keptLanguage } from '../words/chosenLanguage.ts';
import { languageOf } from '../words/language.ts';
import { portalLanguage } from '../words/portalLanguage.ts';
import { changeLanguage } from '../words/start.ts';
import { PortalClosed, PortalOpening } from './PortalClosed.tsx';
import { PortalEnded } from './PortalEnded.tsx';
import { PortalSession, type PortalState } from './portalSession.ts';

const session = new PortalSession();
// The page around the frame knows how it looks itself.
session.onAppearance = (appearance) => applyTheme(appearance ?? keptTheme());
session.onLook = async (theme) => {
  // The page around the frame decides first, then who has chosen here, then the theme, then the browser.
  const language = languageOf(theme?.language);
  if (language && !portalLanguage() && !keptLanguage()) await changeLanguage(language);
};

/** Takes the link from the address, before anything reads that. */
export const startPortal = (): void => session.start();

/** A portal: its link's session, its looks, and its pages. */
export function PortalGate({ children }: { readonly children: ReactNode }) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { look: theme } = state;
  const isKnown = theme !== null || state.is === 'open';
  useLayoutEffect(() => {
    applyLook(theme, base);
    applyNeutral(!isKnown);
  }, [theme, isKnown]);

  if (state.is === 'opening') return <PortalOpening look={theme} />;
  if (state.is === 'closed') return <PortalClosed why={state.why} error={state.error} retry={session.retry} />;
  return (
    <Open key={state.epoch} state={state}>
      {children}
    </Open>
  );
}

function Open({ state, children }: { readonly state: PortalState & { is: 'open' }; readonly children: ReactNode }) {
  const { client, viewer, look: theme, ended } = state;
  // One cache over all renewals: what was loaded and typed stays.
  const queries = useMemo(() => newQueryClient(session.handleAuthError), []);
  const known = useRef(client);
  useEffect(() => {
    if (known.current === client) return;
    known.current = client;
    void queries.invalidateQueries({ queryKey: ['viewer'] });
    void queries.refetchQueries({ predicate: ({ state: { status } }) => status === 'error' });
  }, [client, queries]);
  const value = useMemo<Session>(
    () => ({ client, viewer, portal: true, own: null, signOut: () => {}, handleAuthError: session.handleAuthError }),
    [client, viewer],
  );
  const look = useMemo(() => lookOf(theme, viewer.project?.name ?? ''), [theme, viewer]);
  return (
    <SessionContext value={value}>
      <LookContext value={look}>
        <QueryClientProvider client={queries}>
          {children}
          {ended && <PortalEnded />}
        </QueryClientProvider>
      </LookContext>
    </SessionContext>
  );
}
