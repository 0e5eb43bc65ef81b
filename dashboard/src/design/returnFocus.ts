import { useState } from 'react';

/** Who has the focus; for an entry of a menu, which goes away with it, the menu's button. */
function focused(): HTMLElement | null {
  const element = document.activeElement;
  const menu = element?.closest('[role="menu"]');
  const kept = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : element;
  return kept instanceof HTMLElement && kept !== document.body ? kept : null;
}

/** For a dialog: gives the focus back to what opened it, or to the page where that has gone meanwhile. */
export function useReturnFocus(): (event: Event) => void {
  const [opener] = useState(focused);
  return (event) => {
    event.preventDefault();
    const target = opener?.isConnected ? opener : document.getElementById('main');
    target?.focus({ preventScroll: target !== opener });
  };
}
