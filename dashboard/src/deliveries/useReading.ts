import { useEffect, useState } from 'react';

/**
 * Whether somebody reads the rows: the list is scrolled, a pointer is over it, or the keyboard is in it. Then what comes in waits:
 * nothing moves away from below the pointer.
 *
 * @returns with it, the `ref` of the element that scrolls: a list that is empty has none, and gets one with its first row
 */
export function useReading(): readonly [reading: boolean, ref: (element: HTMLElement | null) => void] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [reading, setReading] = useState(false);
  useEffect(() => {
    if (!element) return setReading(false);
    // What lies over the list belongs to it: on the way to the button that shows what is new, nothing may move.
    const around = element.closest<HTMLElement>('[data-log]') ?? element;
    let pointed = false;
    const tell = () => {
      const inside = element.contains(document.activeElement) && document.activeElement !== element;
      setReading(pointed || inside || element.scrollTop > 0);
    };
    const ending = new AbortController();
    const { signal } = ending;
    const point = (on: boolean) => (event: PointerEvent) => {
      // A finger's touch ends without leaving.
      pointed = on && event.pointerType === 'mouse';
      tell();
    };
    around.addEventListener('pointermove', point(true), { signal, passive: true });
    around.addEventListener('pointerleave', point(false), { signal, passive: true });
    element.addEventListener('scroll', tell, { signal, passive: true });
    element.addEventListener('focusin', tell, { signal });
    element.addEventListener('focusout', () => queueMicrotask(tell), { signal });
    tell();
    return () => ending.abort();
  }, [element]);
  return [reading, setElement];
}
