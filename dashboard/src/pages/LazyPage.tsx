import { type ComponentType, lazy, Suspense } from 'react';
import { Loading } from '../design/Surfaces.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { type ItemProps, type Load, parts } from './parts.ts';

/** Requested components. React keeps the outcome of each, also a failure. */
const asked = new Map<Load, ComponentType<ItemProps>>();

const loadOf = (page: string, id: string | undefined): Load | undefined =>
  id === undefined ? parts[page]?.list : parts[page]?.item;

/** Whether there is such a page. */
export const hasPage = (page: string, id: string | undefined): boolean => loadOf(page, id) !== undefined;

/** Lets a page that failed to load be loaded again. */
export function forgetPage(page: string): void {
  for (const load of Object.values(parts[page] ?? {})) asked.delete(load as Load);
}

interface LazyProps {
  readonly page: string;
  readonly id: string | undefined;
  /** Its heading while it loads. */
  readonly title: string;
}

/** A page that is loaded when it is first opened. */
export function LazyPage({ page, id, title }: LazyProps) {
  const load = loadOf(page, id);
  if (!load) return null;
  const Part = asked.get(load) ?? lazy(load);
  asked.set(load, Part);
  const waiting = (
    <>
      <PageHead title={title} />
      <Loading rows={3} height="7rem" />
    </>
  );
  return (
    <Suspense fallback={waiting}>
      <Part id={id ?? ''} />
    </Suspense>
  );
}
