import { type Beside, quoted } from './type.ts';

/** The characters of ASCII that can be printed. */
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

/** Types that a file needs where its types name what stands beside other names. */
export const besideNames = ['Beside', 'Printable'] as const;

export const besideDeclarations = `type Printable =
${[0, 1, 2, 3]
  .map(
    (row) =>
      `  | ${printable
        .slice(row * 24, row * 24 + 24)
        .map(quoted)
        .join(' | ')}`,
  )
  .join('\n')};

/** Names that go on after \`Before\` with another character than these. */
type Beside<Before extends string, Not extends string> = \`\${Before}\${Exclude<Printable, Not>}\${string}\`;`;

/** Each is a hundred patterns to the compiler. */
const most = 8;

/**
 * Patterns of names that are none of these. TypeScript cannot say "any other name"; it can say how a name begins. Left out are beginnings of
 * the names themselves, those that go on beyond ASCII, and, of many names, those that differ only further on.
 */
export function besides(names: readonly string[]): Beside[] {
  const found: Beside[] = [];
  let befores = [''];
  while (befores.length > 0 && found.length + befores.length <= most) {
    const longer: string[] = [];
    for (const before of befores) {
      const on = names.filter((name) => name.length > before.length && name.startsWith(before));
      const not = [...new Set(on.map((name) => name.charAt(before.length)))].sort();
      found.push({ before, not });
      longer.push(...not.map((char) => before + char));
    }
    befores = longer;
  }
  return found;
}
