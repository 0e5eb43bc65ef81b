import { type RefObject, useEffect, useState } from 'react';

/**
 * Whether somebody reads the rows: the list is scrolled, a pointer is over it, or the keyboard is in it. Then what comes in waits:
 * nothing moves away from below the pointer.
 */
export function useReading(scroller: RefObject<HTMLElement | null>, isThere: boolean): boolean {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    if (!isThere || !element) return setReading(false);
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
  }, [scroller, isThere]);
  return reading;
}
