import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect } from 'react';

interface RowsOptions {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly rows: readonly { readonly id: string }[];
  /** Of each, in pixels. */
  readonly height: number;
  /** How many are made beyond what is seen. @default 10 */
  readonly overscan?: number;
  /** Loads the next page; null if there is none, or it is being loaded. @default null */
  readonly more?: (() => void) | null;
  /** How many rows before the last one that begins. */
  readonly ahead?: number;
}

/** Of a long list, the rows that are near what is seen; the next page is loaded before its end is reached. */
export function useVirtualRows({ scroller, rows, height, overscan = 10, more = null, ahead = 0 }: RowsOptions) {
  const virtual: Virtualizer<HTMLDivElement, Element> = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan,
  });
  // While the list gets shorter, it still tells of rows that are gone.
  const shown = virtual.getVirtualItems().filter(({ index }) => index < rows.length);
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - ahead) more();
  }, [more, last, rows.length, ahead]);
  return { virtual, shown };
}
