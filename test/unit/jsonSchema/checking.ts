import { type CompiledSchema, compileSchema } from '../../../core/jsonSchema/compileSchema.ts';

/** Compiles in one go. @param onPiece - gets how many steps each piece took */
export function compiled(schema: object, onPiece: (steps: number) => void = () => {}): CompiledSchema {
  const pieces = compileSchema(schema, JSON.stringify(schema), 'schema');
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    onPiece(value);
  }
}

/** One run: nothing is asked elsewhere. */
export function verdictOn(schema: object, value: unknown) {
  return compiled(schema).check(value, 'data', JSON.stringify(value).length);
}

/** @returns where it is refused, and with which code; null where it fits */
export function refusalOf(schema: object, value: unknown): string | null {
  const { error, questions } = verdictOn(schema, value);
  if (questions.length > 0) throw new Error('This needs the thread of patterns.');
  return error === null ? null : `${error.code} ${error.field}`;
}
