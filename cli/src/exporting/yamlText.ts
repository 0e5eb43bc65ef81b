import { Document, visit } from 'yaml';
import { withNumbers } from '../exact/json.ts';
import { controls, plainLines } from '../terminal/output.ts';

/** A file's text. What could control a terminal stands in it as an escape, for which YAML needs double quotes. */
export function yamlText(content: object): string {
  const document = new Document(content);
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string' && controls(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return plainLines(withNumbers(String(document)));
}
