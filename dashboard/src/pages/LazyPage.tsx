import { type ComponentType, lazy, Suspense } from 'react';
import { Loading } from '../design/Surfaces.tsx';
import { PageHead } from '../shell/Shell.tsx';

type Load = () => Promise<{ default: ComponentType }>;

const parts: Readonly<Record<string, { readonly title: string; readonly load: Load }>> = {
  overview: { title: 'Overview', load: () => import('../overview/OverviewPage.tsx') },
  events: { title: 'Events', load: () => import('../events/EventsPage.tsx') },
  inbound: { title: 'Inbound', load: () => import('../inbound/InboundPage.tsx') },
  settings: { title: 'Settings', load: () => import('../settings/SettingsPage.tsx') },
};

/** Requested pages. React keeps the outcome of each, also a failure. */
const asked = new Map<string, ComponentType>();

/** Lets a page that failed to load be loaded again. */
export const forgetPage = (page: string): void => void asked.delete(page);

/** A page that is loaded when it is first opened. */
export function LazyPage({ page }: { readonly page: string }) {
  const part = parts[page];
  if (!part) return null;
  const Part = asked.get(page) ?? lazy(part.load);
  asked.set(page, Part);
  const waiting = (
    <>
      <PageHead title={part.title} />
      <Loading rows={3} height="7rem" />
    </>
  );
  return (
    <Suspense fallback={waiting}>
      <Part />
    </Suspense>
  );
}
