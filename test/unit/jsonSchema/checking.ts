import { type CompiledSchema, compileSchema } from '../../../core/jsonSchema/compileSchema.ts';

/** Compiles without pauses. @param onPiece - gets the steps of each piece */
export function compiled(schema: object, onPiece: (steps: number) => void = () => {}): CompiledSchema {
  const pieces = compileSchema(schema, JSON.stringify(schema), 'schema');
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    onPiece(value);
  }
}

/** One run, without the pattern thread. */
export function verdictOn(schema: object, value: unknown) {
  return compiled(schema).check(value, 'data', JSON.stringify(value).length);
}

/** @returns the code and field of the refusal; null if the value fits */
export function refusalOf(schema: object, value: unknown): string | null {
  const { error, questions } = verdictOn(schema, value);
  if (questions.length > 0) throw new Error('This needs the thread of patterns.');
  return error === null ? null : `${error.code} ${error.field}`;
}
