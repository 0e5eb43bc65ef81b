// Shows that a long step is alive: in one changing line on a terminal, elsewhere in a line every ten seconds.
import { say } from './step.mjs';

const everyMs = 10_000;

/** @param {() => string} status what is waited for now, and why if that is known */
export function live(status) {
  const terminal = process.stderr.isTTY === true;
  const beganAt = Date.now();
  const seconds = () => Math.round((Date.now() - beganAt) / 1000);
  const clear = () => terminal && process.stderr.write('\r\u001b[2K');
  const timer = setInterval(
    () => {
      if (!terminal) return say(`  … ${status()}, ${seconds()} s`);
      clear();
      process.stderr.write(`  … ${status()}, ${seconds()} s`.slice(0, (process.stderr.columns || 80) - 1));
    },
    terminal ? 1_000 : everyMs,
  );
  return {
    /** Prints a line that stays. */
    say(line) {
      clear();
      say(line);
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
