import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** The progress of one webhook's deliveries. */
export interface Progress {
  readonly name: string;
  readonly total: number;
  readonly delivered: number;
  readonly failed: number;
  readonly retrying: number;
}

const barWidth = 30;

/**
 * The demo's output. On a terminal, progress bars stay below the scrolling lines; elsewhere there are only lines, without
 * control codes.
 */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #terminal: boolean;
  readonly #coloured: boolean;
  /** Lines of the bars that are shown now. */
  #shown = 0;

  constructor(out: NodeJS.WriteStream = process.stdout, env: NodeJS.ProcessEnv = process.env) {
    this.#out = out;
    this.#terminal = out.isTTY === true && env.TERM !== 'dumb';
    this.#coloured = this.#terminal && !env.NO_COLOR;
  }

  style(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text) : text;
  }

  line(text = ''): void {
    this.#out.write(`${this.#up()}${text}\n`);
  }

  done(text: string): void {
    this.line(`  ${this.style('green', '✓')} ${text}`);
  }

  wrong(text: string): void {
    this.line(`  ${this.style('red', '✗')} ${text}`);
  }

  /** Prints a line, with the bars below it on a terminal. */
  live(text: string, rows: readonly Progress[]): void {
    if (!this.#terminal) {
      this.line(text);
      return;
    }
    const width = Math.max(...rows.map(({ name }) => name.length));
    const bars = rows.map((row) => this.#bar(row, width));
    this.#out.write(`${this.#up()}${text}\n\n${bars.join('\n')}\n`);
    this.#shown = bars.length + 1;
  }

  /** A table whose first column is text and whose others are figures. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    const cell = (text: string, column: number) =>
      column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
    for (const [index, row] of rows.entries()) {
      const text = row.map(cell).join('   ');
      this.line(`  ${index === 0 ? this.style('bold', text) : text}`);
      if (index === 0) this.line(`  ${this.style('dim', '─'.repeat(text.length))}`);
    }
  }

  /** Moves back to the start of the bars, which are drawn again below the next output. */
  #up(): string {
    const lines = this.#shown;
    this.#shown = 0;
    return lines === 0 ? '' : `\u001b[${lines}A\u001b[J`;
  }

  #bar({ name, total, delivered, failed, retrying }: Progress, width: number): string {
    const cells = (count: number) => Math.round((barWidth * count) / Math.max(total, 1));
    const parts = [
      this.style('green', '█'.repeat(cells(delivered))),
      this.style('red', '█'.repeat(cells(failed))),
      this.style('yellow', '▒'.repeat(Math.max(0, Math.min(cells(retrying), barWidth - cells(delivered + failed))))),
    ].join('');
    const empty = Math.max(0, barWidth - cells(delivered) - cells(failed) - cells(retrying));
    const counts = [
      `${delivered + failed}/${total}`,
      ...(retrying > 0 ? [`${retrying} waiting for a retry`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join(', ');
    return `  ${name.padEnd(width)}  ${parts}${this.style('dim', '░'.repeat(empty))}  ${counts}`;
  }
}
