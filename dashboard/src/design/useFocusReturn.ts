import { useCallback, useState } from 'react';

/** The focused element, or, for a menu's entry, the menu's button, because the entry goes away with its menu. */
function holder(): Element | null {
  const active = document.activeElement;
  const trigger = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return trigger ? document.getElementById(trigger) : active;
}

const takesFocus = (element: Element | null): element is HTMLElement =>
  element instanceof HTMLElement && element !== document.body && element.isConnected && !element.matches(':disabled');

/** Where the focus was before the first of the open or consecutive dialogs. */
let outside: Element | null = null;

/**
 * Gives the focus back when a dialog closes: to the element that had it before, or, if that is gone (the button of a
 * deleted item, a dialog that this one followed), to the element before all dialogs, or to the page itself. The focus is
 * never lost, which would send keyboard users to the top of the page.
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
      // A dialog that opened meanwhile has the focus already.
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
