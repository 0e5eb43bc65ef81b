import { parseJson, parseJsonString } from '../json/parseJson.ts';

/** Maximum depth of arrays and objects: trackers' payloads have about ten levels. */
const maxDepth = 1_000;
/** Longest key or value that is read, in bytes: picked values are shorter. */
const maxPickedBytes = 4_096;

/** A position in a document at which a value is picked, or on the path to one. */
class Branch {
  readonly children = new Map<string, Branch>();
  picked = false;
  /** The JSON text of the last scalar found there; null for none, or one that cannot be used. */
  text: string | null = null;

  /** Of two members with one name the last one counts, as for `JSON.parse`. */
  clear(): void {
    this.text = null;
    for (const child of this.children.values()) child.clear();
  }

  found(): unknown {
    if (this.text !== null) return parseJson(this.text);
    if (this.children.size === 0) return undefined;
    return Object.fromEntries([...this.children].map(([key, child]) => [key, child.found()]));
  }
}

// The states: what the next byte may be, or is a part of.
const aValue = 0;
const valueOrEnd = 1;
const keyOrEnd = 2;
const aKey = 3;
const aColon = 4;
const afterValue = 5;
const inText = 6;
const inEscape = 7;
const inHex = 8;
const inLiteral = 9;
const afterMinus = 10;
const afterZero = 11;
const inDigits = 12;
const afterPoint = 13;
const inFraction = 14;
const afterExponent = 15;
const afterSign = 16;
const inPower = 17;
const nowhere = -1;

const literals = ['true', 'false', 'null'];
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isEscape = (byte: number) => '"\\/bfnrt'.includes(String.fromCharCode(byte));
const isHex = (byte: number) => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

/**
 * Reads a JSON text as its bytes arrive, and keeps only a few scalars at known paths. A text of megabytes takes no memory, and
 * no byte is read twice. It accepts the same texts as `JSON.parse`, up to a depth of 1,000.
 */
export class JsonPicker {
  readonly #root = new Branch();
  /** Lengths of the wanted keys; keys of other lengths are skipped unread. */
  readonly #lengths = new Set<number>();
  /** For each open object or array: its branch where it is on the path to a picked value, or null. */
  readonly #open: (Branch | null)[] = [];
  readonly #isArray = new Uint8Array(maxDepth);
  #depth = 0;
  #state = aValue;
  #failed = false;
  /** The branch of the next value; null where nothing is picked there. */
  #next: Branch | null = this.#root;
  /** Whether the current string is a key. */
  #inKey = false;
  /** Whether the current text is wanted: a key that may lead to a picked value, or a picked scalar. */
  #wanted = false;
  #escaped = false;
  #hexDigits = 0;
  #literal = '';
  #literalAt = 0;
  /** The bytes of the wanted text from earlier chunks. */
  #before: Buffer[] = [];
  #beforeLength = 0;

  /** @param places - paths of member names */
  constructor(places: readonly (readonly string[])[]) {
    for (const path of places) {
      let branch = this.#root;
      for (const key of path) {
        const child = branch.children.get(key) ?? new Branch();
        branch.children.set(key, child);
        this.#lengths.add(Buffer.byteLength(key));
        branch = child;
      }
      branch.picked = true;
    }
  }

  /** Reads the next chunk. After a syntax error, further chunks are ignored. */
  write(chunk: Buffer): void {
    if (this.#failed) return;
    try {
      this.#read(chunk);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#failed = true;
    }
  }

  /** @returns the picked values, nested as in the document. @throws SyntaxError where the text is not JSON */
  end(): unknown {
    if (!this.#failed && endsNumber(this.#state)) {
      this.#scalar(nothing, 0, 0);
      this.#state = afterValue;
    }
    if (this.#failed || this.#depth > 0 || this.#state !== afterValue) throw new SyntaxError('This is not JSON.');
    return this.#root.found();
  }

  // One loop over bytes, with the state in a local variable: this loop is the cost of a megabyte.
  #read(chunk: Buffer): void {
    const { length } = chunk;
    let state = this.#state;
    let at = 0;
    /** Where the current text begins in this chunk. */
    let from = 0;
    while (at < length) {
      const byte = chunk[at] as number;
      if (state === inText) {
        if (byte === 0x22) {
          at += 1;
          if (this.#inKey) {
            this.#key(chunk, from, at);
            state = aColon;
          } else {
            this.#scalar(chunk, from, at);
            state = afterValue;
          }
        } else if (byte === 0x5c) {
          this.#escaped = true;
          state = inEscape;
          at += 1;
        } else if (byte < 0x20) throw new SyntaxError('A control character in a string.');
        else at += 1;
      } else if (state <= afterValue) {
        at += 1;
        if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
        if (state === afterValue) {
          if (this.#depth === 0) throw new SyntaxError('More than one value.');
          const isArray = this.#isArray[this.#depth - 1];
          if (byte === 0x2c) {
            state = isArray ? aValue : aKey;
            if (isArray) this.#next = null;
          } else if (byte === (isArray ? 0x5d : 0x7d)) this.#depth -= 1;
          else throw new SyntaxError('Values without a comma.');
        } else if (state === aColon) {
          if (byte !== 0x3a) throw new SyntaxError('A member without a colon.');
          state = aValue;
        } else if (state === aKey || state === keyOrEnd) {
          if (byte === 0x22) {
            from = at - 1;
            this.#inKey = true;
            this.#want(this.#open[this.#depth - 1] !== null);
            state = inText;
          } else if (byte === 0x7d && state === keyOrEnd) {
            this.#depth -= 1;
            state = afterValue;
          } else throw new SyntaxError('A member without a name.');
        } else if (byte === 0x5d && state === valueOrEnd) {
          this.#depth -= 1;
          state = afterValue;
        } else if (byte === 0x7b || byte === 0x5b) {
          state = this.#nest(byte === 0x5b);
        } else {
          from = at - 1;
          state = this.#begin(byte);
        }
      } else if (state === inEscape) {
        if (byte === 0x75) {
          this.#hexDigits = 0;
          state = inHex;
        } else if (isEscape(byte)) state = inText;
        else throw new SyntaxError('An unknown escape.');
        at += 1;
      } else if (state === inHex) {
        if (!isHex(byte)) throw new SyntaxError('An escape without its digits.');
        this.#hexDigits += 1;
        if (this.#hexDigits === 4) state = inText;
        at += 1;
      } else if (state === inLiteral) {
        if (byte !== this.#literal.charCodeAt(this.#literalAt)) throw new SyntaxError('An unknown word.');
        this.#literalAt += 1;
        at += 1;
        if (this.#literalAt === this.#literal.length) {
          this.#scalar(chunk, from, at);
          state = afterValue;
        }
      } else {
        const next = afterDigit(state, byte);
        if (next !== nowhere) {
          state = next;
          at += 1;
        } else if (endsNumber(state)) {
          this.#scalar(chunk, from, at);
          state = afterValue;
        } else throw new SyntaxError('A malformed number.');
      }
    }
    this.#state = state;
    if (this.#wanted) this.#keep(chunk, from, length);
  }

  #nest(isArray: boolean): number {
    if (this.#depth === maxDepth) throw new SyntaxError('Nested too deeply.');
    this.#next?.clear();
    this.#isArray[this.#depth] = isArray ? 1 : 0;
    this.#open[this.#depth] = isArray ? null : this.#next;
    this.#depth += 1;
    this.#next = null;
    return isArray ? valueOrEnd : keyOrEnd;
  }

  #begin(byte: number): number {
    this.#next?.clear();
    this.#inKey = false;
    this.#want(this.#next?.picked === true);
    if (byte === 0x22) return inText;
    if (byte === 0x2d) return afterMinus;
    if (byte === 0x30) return afterZero;
    if (isDigit(byte)) return inDigits;
    const literal = literals.find((each) => each.charCodeAt(0) === byte);
    if (literal === undefined) throw new SyntaxError('No value begins with this byte.');
    this.#literal = literal;
    this.#literalAt = 1;
    return inLiteral;
  }

  #want(wanted: boolean): void {
    this.#wanted = wanted;
    this.#escaped = false;
    if (this.#beforeLength > 0) this.#forget();
  }

  #forget(): void {
    this.#before = [];
    this.#beforeLength = 0;
  }

  /** Keeps a wanted text that continues in the next chunk. It is copied: a slice would keep the whole chunk in memory. */
  #keep(chunk: Buffer, from: number, to: number): void {
    this.#beforeLength += to - from;
    if (this.#beforeLength > maxPickedBytes) {
      this.#wanted = false;
      this.#forget();
    } else this.#before.push(Buffer.from(chunk.subarray(from, to)));
  }

  /** The whole current text; null where it is not wanted, or too long to be picked. */
  #taken(chunk: Buffer, from: number, to: number): string | null {
    if (!this.#wanted) return null;
    this.#wanted = false;
    if (this.#beforeLength + to - from > maxPickedBytes) return null;
    if (this.#beforeLength === 0) return chunk.toString('utf8', from, to);
    const text = Buffer.concat([...this.#before, chunk.subarray(from, to)]).toString('utf8');
    this.#forget();
    return text;
  }

  #key(chunk: Buffer, from: number, to: number): void {
    this.#next = null;
    const isRead = this.#wanted && (this.#escaped || this.#lengths.has(this.#beforeLength + to - from - 2));
    const text = isRead ? this.#taken(chunk, from, to) : null;
    this.#wanted = false;
    if (text === null) return;
    const key = this.#escaped ? parseJsonString(text) : text.slice(1, -1);
    this.#next = this.#open[this.#depth - 1]?.children.get(key) ?? null;
  }

  #scalar(chunk: Buffer, from: number, to: number): void {
    const text = this.#taken(chunk, from, to);
    if (this.#next !== null) this.#next.text = text;
    this.#next = null;
  }
}

const nothing = Buffer.alloc(0);

/** Whether a number may end there. */
const endsNumber = (state: number) =>
  state === afterZero || state === inDigits || state === inFraction || state === inPower;

/** The state after a number's next byte; `nowhere` where the byte does not belong to the number. */
function afterDigit(state: number, byte: number): number {
  if (isDigit(byte)) {
    if (state === afterMinus) return byte === 0x30 ? afterZero : inDigits;
    if (state === afterZero) return nowhere;
    if (state === inDigits) return inDigits;
    return state === afterPoint || state === inFraction ? inFraction : inPower;
  }
  if (byte === 0x2e && (state === afterZero || state === inDigits)) return afterPoint;
  const mayHaveExponent = state === afterZero || state === inDigits || state === inFraction;
  if ((byte === 0x65 || byte === 0x45) && mayHaveExponent) return afterExponent;
  return (byte === 0x2b || byte === 0x2d) && state === afterExponent ? afterSign : nowhere;
}
