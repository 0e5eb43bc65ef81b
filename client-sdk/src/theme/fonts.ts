/** Families that CSS itself names; written without quotes. */
const generic: ReadonlySet<string> = new Set([
  'serif',
  'sans-serif',
  'monospace',
  'system-ui',
  'ui-rounded',
  'ui-serif',
]);

/** Most names in a theme's font stack. */
export const maxFonts = 5;

/** Whether a font's name can be in a theme: letters, digits, spaces, hyphens and underscores, 40 at most, a letter first. */
export const isFontName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9 _-]{0,39}$/.test(name);

/**
 * The value of `font-family` for a theme's fonts, each quoted, with the system's own last.
 *
 * @returns null if there are none
 */
export function fontStackOf(fonts: readonly string[]): string | null {
  const names = fonts.filter(isFontName).slice(0, maxFonts);
  if (names.length === 0) return null;
  return [...names.map((name) => (generic.has(name) ? name : `"${name}"`)), 'system-ui', 'sans-serif'].join(', ');
}
