import { parseJsonString } from '../json/parseJson.ts';

/**
 * Writes a JSON text the way Python's `json.dumps(json.loads(text))` does with its defaults: receivers that re-serialize
 * what they parsed, as Plane's documented one does, then sign the same bytes.
 *
 * It works on the text and not on parsed values, because Python keeps details that JavaScript's numbers and objects lose:
 * integers of any size, the difference between `1` and `1.0`, the order of keys that look like integers. It is iterative, so
 * that no depth of nesting exhausts the stack.
 *
 * @param text valid JSON.
 */
export function pythonJson(text: string): string {
  const open: Container[] = [];
  let key: string | undefined;
  for (const [token] of text.matchAll(tokenPattern)) {
    let value: string;
    switch (token) {
      case '{':
        open.push({ key, members: new Map() });
        key = undefined;
        continue;
      case '[':
        open.push({ key, items: [] });
        key = undefined;
        continue;
      case '}':
      case ']': {
        const closed = open.pop() as Container;
        key = closed.key;
        value = write(closed);
        break;
      }
      default:
        value = scalar(token);
    }
    const within = open.at(-1);
    if (within === undefined) return value;
    if ('items' in within) {
      within.items.push(value);
    } else if (key === undefined) {
      key = value;
    } else {
      // If a key is repeated, the last value counts, at the first one's position: as in a dict.
      within.members.set(key, value);
      key = undefined;
    }
  }
  throw new SyntaxError('The text is not JSON.');
}

/** An array or object that is still open; `key` is its key in the object around it. */
type Container = { readonly key: string | undefined } & (
  | { readonly items: string[] }
  | { readonly members: Map<string, string> }
);

/** Commas and colons are skipped: the order of the other tokens already says everything. */
const tokenPattern = /[{}[\]]|"[^"\\]*(?:\\.[^"\\]*)*"|[-+.\w]+/g;

function write(closed: Container): string {
  if ('items' in closed) return `[${closed.items.join(', ')}]`;
  return `{${Array.from(closed.members, ([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

function scalar(token: string): string {
  if (token.startsWith('"')) return pythonString(parseJsonString(token));
  if (token === 'true' || token === 'false' || token === 'null') return token;
  return /[.eE]/.test(token) ? pythonFloat(Number(token)) : token === '-0' ? '0' : token;
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

/** `ensure_ascii`: everything but printable ASCII becomes UTF-16 escapes, DEL and lone surrogates included. */
function pythonString(value: string): string {
  const escaped = value.replace(
    /[^ -~]|["\\]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

/**
 * Python's `repr` of a float: the shortest digits that read back as the same number, like JavaScript's. From 1e16 up and
 * below 1e-4 it has an exponent of at least two digits, otherwise always a fraction.
 */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
