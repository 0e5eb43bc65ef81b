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

/** Pages that were asked for. React keeps what became of each, a failure included. */
const asked = new Map<string, ComponentType>();

/** Lets a page that could not be fetched be fetched again. */
export const forgetPage = (page: string): void => void asked.delete(page);

/** A page that is fetched when it is first looked at. */
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
