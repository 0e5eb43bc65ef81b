import { parseJson, parseJsonString } from '../json/parseJson.ts';

/** Maximum depth that is rewritten. Everhook accepts 64 levels in an event, and adds a few around them. */
const maxDepth = 128;

/**
 * The text that Python's `json.dumps(json.loads(text))` writes, or null where the text is not JSON.
 *
 * It works on the text, not on a parsed value: `1.0` stays a float, a long integer keeps its digits, members keep their order.
 */
export function pythonJson(text: string): string | null {
  try {
    // The rewriter relies on valid JSON, so this checks the text first.
    parseJson(text);
    return new Rewriter(text).value();
  } catch {
    // Not JSON, or nested too deep for any real event.
    return null;
  }
}

class Rewriter {
  readonly #tokens: RegExpExecArray[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g)];
  }

  #take(): string {
    return this.#tokens[this.#next++]?.[0] ?? '';
  }

  #takeIf(token: string): boolean {
    if (this.#tokens[this.#next]?.[0] !== token) return false;
    this.#next++;
    return true;
  }

  value(): string {
    const token = this.#take();
    if (token === '{' || token === '[') {
      if (++this.#depth > maxDepth) throw new RangeError('This is nested too deep.');
      const text = token === '{' ? this.#object() : this.#array();
      this.#depth--;
      return text;
    }
    if (token.startsWith('"')) return pythonString(parseJsonString(token));
    return /^-?\d/.test(token) ? pythonNumber(token) : token;
  }

  #object(): string {
    // As in a dict, a repeated name keeps its first position and its last value.
    const members = new Map<string, string>();
    while (!this.#takeIf('}')) {
      this.#takeIf(',');
      const name = pythonString(parseJsonString(this.#take()));
      this.#takeIf(':');
      members.set(name, this.value());
    }
    return `{${Array.from(members, ([name, value]) => `${name}: ${value}`).join(', ')}}`;
  }

  #array(): string {
    const items: string[] = [];
    while (!this.#takeIf(']')) {
      this.#takeIf(',');
      items.push(this.value());
    }
    return `[${items.join(', ')}]`;
  }
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const pythonString = (value: string): string =>
  `"${value.replace(
    /["\\]|[^ -~]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;

function pythonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  return pythonFloat(Number(text));
}

/** Python's `repr`: JavaScript's shortest digits, with an exponent below 1e-4 and from 1e16 on. */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponentText = ''] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const digits = mantissa.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
