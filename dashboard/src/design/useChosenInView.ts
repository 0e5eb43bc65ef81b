import { type RefObject, useEffect } from 'react';

/** On a narrow screen tabs scroll: the chosen one is made visible, also after a link led to it. */
export function useChosenInView(tabs: RefObject<HTMLElement | null>, chosen: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is chosen.
  useEffect(() => {
    const tab = tabs.current?.querySelector('[data-state="active"]');
    tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [tabs, chosen]);
}
