import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { RevealOnce } from './RevealOnce.tsx';

/** What is shown this once. */
export interface Reveal {
  readonly title: string;
  /** By what each is called. */
  readonly values: Readonly<Record<string, string>>;
  readonly note?: ReactNode;
}

const RevealContext = createContext<(reveal: Reveal) => void>(() => {});

/**
 * Holds what is shown this once above the pages: it stays until it was stored, whatever becomes of the card or the page that it
 * came from, or of the session.
 */
export function Reveals({ children }: { readonly children: ReactNode }) {
  const [waiting, setWaiting] = useState<readonly Reveal[]>([]);
  const reveal = useCallback((fresh: Reveal) => setWaiting((now) => [...now, fresh]), []);
  // It outlives the session, and so the session's cache.
  const [queries] = useState(() => new QueryClient());
  const [shown] = waiting;
  return (
    <RevealContext value={reveal}>
      {children}
      {shown && (
        <QueryClientProvider client={queries}>
          <RevealOnce
            key={Object.values(shown.values).join()}
            title={shown.title}
            values={shown.values}
            onClose={() => setWaiting((now) => now.slice(1))}
          >
            {shown.note}
          </RevealOnce>
        </QueryClientProvider>
      )}
    </RevealContext>
  );
}

/** Shows something that is never shown again. */
export const useReveal = (): ((reveal: Reveal) => void) => useContext(RevealContext);
