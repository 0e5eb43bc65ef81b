/** Long before the server refuses a cursor, which it does after 7 days. */
const dayMs = 24 * 3_600_000;

interface Renewed {
  /** The cursor of the last update that arrived. */
  arrived(): string | undefined;
  /** A cursor: subscribing after it gets every change that follows this call. */
  cursorOfNow(): Promise<string | undefined>;
  /** Called with a later cursor, if no update has brought one. */
  moveTo(cursor: string): void;
}

/**
 * Moves the cursor of a quiet subscription on, as long as its connection is up: else the cursor would expire without any update, and the
 * next connection would be refused. A cursor is used a day after it was taken: every change before it has come by then.
 *
 * @returns ends it
 */
export function renewDaily({ arrived, cursorOfNow, moveTo }: Renewed): () => void {
  let standing: string | undefined;
  let taken: string | undefined;
  const timer = setInterval(() => {
    if (taken !== undefined && arrived() === standing) moveTo(taken);
    standing = arrived();
    taken = undefined;
    cursorOfNow().then(
      (cursor) => {
        taken = cursor;
      },
      // The next day is early enough.
      () => {},
    );
  }, dayMs);
  return () => clearInterval(timer);
}
