import type { DeliveryDetail } from '@everhook/sdk';

/**
 * A request as a command of curl, for a POSIX shell, that sends it again, byte for byte. Null if parts of it are not known.
 *
 * The body goes through a pipe: an argument of another program has at most 128 KiB, one of `printf`, which is the shell's own, any
 * length.
 */
export function curlOf({ method, url, headers, body }: NonNullable<DeliveryDetail['request']>): string | null {
  if (url === null || headers === null || body === null) return null;
  const lines = [
    // In a URL, curl takes [1-3] and {a,b} for several requests, and resolves dots in a path.
    `${printed(body)} | curl --globoff --path-as-is -X ${method} ${quoted(url)}`,
    ...headers.filter(({ name }) => !ofCurl.has(name.toLowerCase())).map(({ name, value }) => header(name, value)),
    // What curl would add to a body.
    ...added.filter((name) => !headers.some((each) => each.name.toLowerCase() === name)).map((name) => `-H '${name}:'`),
    '--data-binary @-',
  ];
  return lines.join(' \\\n  ');
}

/** Headers that curl sets itself. */
const ofCurl = new Set(['host', 'connection', 'content-length']);

const added = ['content-type', 'expect'];

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Without a value, `Name:` would take the header away. */
const header = (name: string, value: string): string =>
  `-H ${quoted(value.trim() === '' ? `${name};` : `${name}: ${value}`)}`;

/** All but line feeds: a terminal that they are pasted into would act on them, and no argument holds a NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const controls = /[\0-\t\v-\x1f\x7f]/g;

function printed(body: string): string {
  if (body.search(controls) === -1) return `printf %s ${quoted(body)}`;
  const escaped = body
    .replaceAll('\\', '\\\\')
    .replace(controls, (found) => `\\0${found.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `printf %b ${quoted(escaped)}`;
}
