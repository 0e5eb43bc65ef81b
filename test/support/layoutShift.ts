import type { BrowserContext, Page } from 'playwright-core';

interface Shift {
  readonly value: number;
  /** What moved: element, from where, to where. */
  readonly moved: readonly string[];
}

/** Records every unexpected shift in all pages of a context, from their first paint on. Shifts right after a click are expected. */
export async function watchLayoutShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    interface Entry extends PerformanceEntry {
      readonly value: number;
      readonly hadRecentInput: boolean;
      readonly sources: readonly { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
    }
    const shifts: Shift[] = [];
    const place = ({ x, y, width, height }: DOMRect) => [x, y, width, height].map(Math.round).join(' ');
    const named = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return `${element?.tagName.toLowerCase()}.${element?.getAttribute('class')} “${node?.textContent?.slice(0, 40)}”`;
    };
    const note = (entries: PerformanceEntryList) => {
      for (const { value, hadRecentInput, sources } of entries as Entry[]) {
        if (hadRecentInput) continue;
        // Nobody sees a part of a pixel, by which another digit may move the text beside it.
        const seen = sources.filter(
          ({ previousRect: from, currentRect: to }) => Math.max(Math.abs(from.x - to.x), Math.abs(from.y - to.y)) >= 1,
        );
        if (sources.length > 0 && seen.length === 0) continue;
        const moved = seen.map(
          ({ node, previousRect, currentRect }) => `${named(node)}: ${place(previousRect)} → ${place(currentRect)}`,
        );
        shifts.push({ value, moved });
      }
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    Object.assign(globalThis, {
      layoutShifts: () => {
        note(observer.takeRecords());
        return shifts.splice(0);
      },
    });
  });
}

/** The shifts since the last call, each as a line. */
export async function layoutShifts(page: Page): Promise<string[]> {
  const shifts = await page.evaluate(async () => {
    // The browser reports a shift after the frame that shows it.
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
    return (globalThis as unknown as { layoutShifts(): Shift[] }).layoutShifts();
  });
  return shifts.map(({ value, moved }) => `${value.toFixed(4)}: ${moved.join('; ')}`);
}
