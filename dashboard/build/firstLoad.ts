import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/**
 * Fails the build where the page's first load grows too heavy: the entry, everything that it imports at once, and their
 * style sheets.
 *
 * @param most - bytes after gzip.
 */
export function firstLoadWithin(most: number): Plugin {
  return {
    name: 'first-load-within',
    apply: 'build',
    writeBundle(_options, bundle) {
      const files = firstLoad(bundle);
      const sizes = files.map((name) => ({ name, bytes: gzipSync(contentOf(bundle[name])).byteLength }));
      const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
      const list = sizes.map(({ name, bytes }) => `${name} ${kilobytes(bytes)}`).join(', ');
      if (total > most) {
        this.error(
          `The first load is ${kilobytes(total)} gzipped, over ${kilobytes(most)}: ${list}. Load pages lazily.`,
        );
      }
      this.info(`First load: ${kilobytes(total)} of at most ${kilobytes(most)} gzipped (${list})`);
    },
  };
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

function contentOf(file: Rolldown.OutputBundle[string] | undefined): string | Uint8Array {
  if (file === undefined) return '';
  return file.type === 'chunk' ? file.code : file.source;
}

function firstLoad(bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>(['index.html']);
  const visit = (name: string) => {
    const file = bundle[name];
    if (found.has(name) || file?.type !== 'chunk') return;
    found.add(name);
    for (const css of file.viteMetadata?.importedCss ?? []) found.add(css);
    for (const imported of file.imports) visit(imported);
  };
  for (const [name, file] of Object.entries(bundle)) if (file.type === 'chunk' && file.isEntry) visit(name);
  return [...found];
}
