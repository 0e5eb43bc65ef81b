import { isObject, type Schema } from '../jsonSchema.ts';

const maxLines = 40;

/** Lines of one text, without what an editor or a terminal would show as further lines, as nothing, or in another order. */
const linesOf = (text: string): string[] =>
  text
    .trim()
    .split(/\r\n|[\n\r\u2028\u2029]/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .map((line) => line.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ').trimEnd())
    .slice(0, maxLines);

/** What a schema says about its values in words. */
export function commentOf(schema: Schema): string[] {
  if (!isObject(schema)) return [];
  const { title, description, format, deprecated } = schema;
  const lines = [description ?? title].flatMap((text) =>
    typeof text === 'string' && text.trim() !== '' ? linesOf(text) : [],
  );
  if (typeof format === 'string') lines.push(`@format ${linesOf(format)[0] ?? ''}`);
  if (deprecated === true) lines.push('@deprecated');
  return lines;
}

/** A description of something else than a schema. */
export const commentOfText = (text: string | null | undefined): string[] => (text?.trim() ? linesOf(text) : []);

/** One line of a `//` comment. */
export const oneLine = (text: string): string => linesOf(text).join(' ');
