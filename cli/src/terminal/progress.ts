import { isTerminal, tell } from './output.ts';

/** How often a line of progress comes where there is no terminal, in milliseconds. */
const restMs = 5_000;

/** Progress of long work on stderr: one line that changes on a terminal, a line now and then elsewhere. */
export class Progress {
  #saidAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  show(line: string): void {
    if (isTerminal(process.stderr)) {
      process.stderr.write(`\r\u001b[2K${line}`);
      this.#shown = true;
    } else if (performance.now() - this.#saidAt >= restMs) {
      tell(line);
      this.#saidAt = performance.now();
    }
  }

  /** Takes the changing line away. */
  end(): void {
    if (this.#shown) process.stderr.write('\r\u001b[2K');
    this.#shown = false;
  }
}
