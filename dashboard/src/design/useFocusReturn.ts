import { useCallback, useState } from 'react';

/** What had the focus, or, of a menu's entry, the button that opened the menu: the entry goes with its menu. */
function holder(): Element | null {
  const active = document.activeElement;
  const trigger = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return trigger ? document.getElementById(trigger) : active;
}

const takesFocus = (element: Element | null): element is HTMLElement =>
  element instanceof HTMLElement && element !== document.body && element.isConnected && !element.matches(':disabled');

/** Where the focus was before the first of the dialogs that are open, or follow each other, came up. */
let outside: Element | null = null;

/**
 * Gives the focus back when a dialog closes: to what had it before, and, where that is gone (the button of a thing that was
 * deleted, a dialog that this one followed), to what had it before all dialogs, or the page itself. It never falls to nothing,
 * where who works by keyboard would begin at the top again.
 */
export function useFocusReturn(): (event: Event) => void {
  const [before] = useState(() => {
    const element = holder();
    if (takesFocus(element) && !element.closest('[role="dialog"], [role="alertdialog"]')) outside = element;
    return element;
  });
  return useCallback(
    (event: Event) => {
      event.preventDefault();
      // A dialog that came up meanwhile has the focus already.
      const shown = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')].at(-1);
      if (shown?.contains(document.activeElement)) return;
      const target = [before, outside, document.getElementById('main')].find(
        (element) => takesFocus(element) && (!shown || shown.contains(element)),
      );
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    },
    [before],
  );
}
