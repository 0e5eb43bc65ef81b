import type { DocumentFormat } from '../../client-sdk/src/catalogue/export/document.ts';
import type { Work } from '../../client-sdk/src/catalogue/export/work.ts';
import { JsonText, stringifyAnswer } from '../../core/answers/answerText.ts';
import { inMebibytes } from '../../core/answers/limits.ts';
import { sizeOf } from '../../core/answers/size.ts';
import type { DescribedCatalogue, DescribedType } from '../../core/events/describedCatalogue.ts';
import { ApiError } from '../../core/ground/errors.ts';
import { parseJson } from '../../core/json/parseJson.ts';

/** Steps of a check of a value that it takes to write a schema, and a character of it. */
const stepsPerSchema = 200;
const stepsPerCharacter = 4;

/**
 * Writes the document of a catalogue, one type at a time: of all others there is only the text.
 *
 * @param maxBytes - of the text
 * @returns a generator that yields how many steps each piece took
 * @throws ApiError LIMIT_EXCEEDED
 */
export function* writtenDocument<Section extends string>(
  format: DocumentFormat<Section>,
  about: Pick<DescribedCatalogue, 'title' | 'version' | 'profile'>,
  types: readonly DescribedType[],
  maxBytes: number,
): Generator<number, string> {
  const sections = new Map(format.sections.map((section) => [section, [] as string[]]));
  let left = maxBytes;
  for (const { name, description, schema, example } of types) {
    // As a value, an example would lose how its numbers are written.
    const type = { name, description, schema: parseJson(schema), ...(example && { example: new JsonText(example) }) };
    const said = yield* inSteps(format.ofType(type, about.profile));
    for (const [section, texts] of sections) {
      // A reference may become much longer than it was: so this is known before it is written.
      if (sizeOf(said[section], left) > left) throw tooLong(maxBytes);
      const text = `${JSON.stringify(name)}:${stringifyAnswer(said[section]).join('')}`;
      left -= Buffer.byteLength(text);
      texts.push(text);
    }
    yield stepsPerCharacter * schema.length;
  }
  if (left < 0) throw tooLong(maxBytes);
  const written = [...sections].map(([section, texts]) => [section, new JsonText(`{${texts.join(',')}}`)] as const);
  return stringifyAnswer(format.whole(about, Object.fromEntries(written) as Record<Section, JsonText>)).join('');
}

function* inSteps<Result>(work: Work<Result>): Generator<number, Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    yield stepsPerSchema * value;
  }
}

const tooLong = (maxBytes: number) =>
  new ApiError(
    'LIMIT_EXCEEDED',
    `This document would be longer than ${inMebibytes(maxBytes)}: read the types one by one, with "eventTypes".`,
    'projectId',
  );
