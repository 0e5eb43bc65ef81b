import { parseJson, parseJsonString } from '../json/parseJson.ts';

/** Deepest that arrays and objects may lie in each other: trackers' payloads have about ten. */
const deepest = 1_000;
/** Longest key or value that is looked at, in bytes: what is picked is shorter. */
const longestPicked = 4_096;

/** A place in a document at which something is picked, or on the way to one. */
class Branch {
  readonly children = new Map<string, Branch>();
  picked = false;
  /** The scalar that was found there last, as it is written; null for nothing, or nothing of use. */
  text: string | null = null;

  /** Of two members of one name the last one counts, as for `JSON.parse`. */
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

// What the next byte may be, or is a part of.
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
 * Reads a JSON text as its bytes come, and keeps of it a few scalars whose places are known beforehand: whatever a text of
 * megabytes holds, it takes no memory, and no byte of it is looked at twice. A text is JSON here where it is for `JSON.parse`
 * and is not nested deeper than 1,000.
 */
export class JsonPicker {
  readonly #root = new Branch();
  /** Lengths that keys of interest have; any other key is passed over unread. */
  readonly #lengths = new Set<number>();
  /** For each object or array that is open: the branch of an object on the way to a place, or null. */
  readonly #open: (Branch | null)[] = [];
  readonly #isArray = new Uint8Array(deepest);
  #depth = 0;
  #state = aValue;
  #failed = false;
  /** Of the value that comes next; null where nothing is picked there. */
  #next: Branch | null = this.#root;
  /** Whether the text that is being read is a key. */
  #inKey = false;
  /** Whether what is being read is of interest: a key where one may lead to a place, or a scalar at one. */
  #wanted = false;
  #escaped = false;
  #hexDigits = 0;
  #literal = '';
  #literalAt = 0;
  /** The bytes of what is wanted, as far as they came in chunks before. */
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

  /** Reads on. What is no JSON any more is passed over. */
  write(chunk: Buffer): void {
    if (this.#failed) return;
    try {
      this.#read(chunk);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#failed = true;
    }
  }

  /** @returns objects with what was picked, as it lay in the document. @throws SyntaxError where the text is no JSON */
  end(): unknown {
    if (!this.#failed && endsNumber(this.#state)) {
      this.#scalar(nothing, 0, 0);
      this.#state = afterValue;
    }
    if (this.#failed || this.#depth > 0 || this.#state !== afterValue) throw new SyntaxError('This is no JSON.');
    return this.#root.found();
  }

  // One loop over bytes, with the state in a local variable: this is what a megabyte costs.
  #read(chunk: Buffer): void {
    const { length } = chunk;
    let state = this.#state;
    let at = 0;
    /** Where what is being read begins in this chunk. */
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
        } else if (byte < 0x20) throw new SyntaxError('A control character in a text.');
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
        } else throw new SyntaxError('A number that is none.');
      }
    }
    this.#state = state;
    if (this.#wanted) this.#keep(chunk, from, length);
  }

  #nest(isArray: boolean): number {
    if (this.#depth === deepest) throw new SyntaxError('Nested too deeply.');
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
    if (literal === undefined) throw new SyntaxError('No value begins so.');
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

  /** What is wanted goes on in the next chunk. A copy: a part would hold the whole of this one. */
  #keep(chunk: Buffer, from: number, to: number): void {
    this.#beforeLength += to - from;
    if (this.#beforeLength > longestPicked) {
      this.#wanted = false;
      this.#forget();
    } else this.#before.push(Buffer.from(chunk.subarray(from, to)));
  }

  /** The text of what was read, to its end; null where it is not wanted, or longer than anything that is picked. */
  #taken(chunk: Buffer, from: number, to: number): string | null {
    if (!this.#wanted) return null;
    this.#wanted = false;
    if (this.#beforeLength + to - from > longestPicked) return null;
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

/** The state behind a number's next byte; `nowhere` where it is not the number's. */
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
