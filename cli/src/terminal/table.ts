import { isTerminal, paint, plain, say } from './output.ts';
import { clip, widthOf } from './width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | null | undefined;
  readonly align?: 'right';
  /** Colours the padded text. */
  readonly paint?: (text: string, row: Row) => string;
  /** May be cut where the terminal is narrow. Ids are not: they are copied. */
  readonly flexible?: true;
  /** Left out where the terminal is too narrow, the last of them first. */
  readonly extra?: true;
}

const gap = 2;
/** A column is not cut to less than this. */
const least = 6;

function fit(widths: number[], flexible: readonly boolean[], room: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, (widths.length - 1) * gap);
  for (let over = total() - room; over > 0; over = total() - room) {
    let widest = -1;
    for (const [index, width] of widths.entries()) {
      if (flexible[index] && width > least && (widest === -1 || width > (widths[widest] as number))) widest = index;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

/** The columns for which there is room when all flexible ones are cut. */
function shown<Row>(columns: readonly Column<Row>[], rows: readonly Row[], room: number): readonly Column<Row>[] {
  const leastOf = ({ title, value, flexible }: Column<Row>) => {
    const width = Math.max(widthOf(title), ...rows.map((row) => widthOf(plain(String(value(row) ?? '')))));
    return flexible ? Math.min(least, width) : width;
  };
  let kept = columns;
  while (kept.reduce((sum, column) => sum + leastOf(column), (kept.length - 1) * gap) > room) {
    const last = kept.findLast(({ extra }) => extra);
    if (last === undefined) return kept;
    kept = kept.filter((column) => column !== last);
  }
  return kept;
}

/** Lines with their cells one below the other. On a terminal no line is longer than it, as far as ids allow. */
function table<Row>(all: readonly Column<Row>[], rows: readonly Row[], room?: number): string[] {
  const columns = room === undefined ? all : shown(all, rows, room);
  const texts = rows.map((row) => columns.map(({ value }) => plain(String(value(row) ?? ''))));
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...texts.map((cells) => widthOf(cells[index] as string))),
  );
  if (room !== undefined) {
    fit(
      widths,
      columns.map(({ flexible }) => flexible === true),
      room,
    );
  }
  const line = (cells: readonly string[], row: Row | null) =>
    cells
      .map((cell, index) => {
        const { align, paint: colour } = columns[index] as Column<Row>;
        const width = widths[index] as number;
        const text = clip(cell, width);
        const space = ' '.repeat(width - widthOf(text));
        const shown = row !== null && colour ? colour(text, row) : text;
        if (align === 'right') return space + shown;
        return index === cells.length - 1 ? shown : shown + space;
      })
      .join(' '.repeat(gap));
  const titles = line(
    columns.map(({ title }) => title),
    null,
  );
  return [paint('dim', titles), ...texts.map((cells, index) => line(cells, rows[index] as Row))];
}

/** Prints a table, or a sentence where there are no rows. */
export function sayTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], none: string): void {
  if (rows.length === 0) say(none);
  else for (const line of table(columns, rows, isTerminal() ? process.stdout.columns : undefined)) say(line);
}
