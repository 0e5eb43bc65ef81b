import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { RevealOnce } from './RevealOnce.tsx';

/** Values that are shown only this once. */
export interface Reveal {
  readonly title: string;
  /** By their labels. */
  readonly values: Readonly<Record<string, string>>;
  readonly note?: ReactNode;
}

const RevealContext = createContext<(reveal: Reveal) => void>(() => {});

/**
 * Holds values that are shown only once above the pages: they stay until they are stored, even if the card, the page or
 * the session that they came from is gone.
 */
export function Reveals({ children }: { readonly children: ReactNode }) {
  const [waiting, setWaiting] = useState<readonly Reveal[]>([]);
  const reveal = useCallback((fresh: Reveal) => setWaiting((now) => [...now, fresh]), []);
  // It outlives the session, and with it the session's cache.
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

/** Shows a value that is never shown again. */
export const useReveal = (): ((reveal: Reveal) => void) => useContext(RevealContext);
