import { useMemo } from 'react';
import { type Drafts, FormContext, type FormProblem, type Part } from './formContext.ts';
import type { Json } from './jsonTree.ts';
import { NodeField } from './NodeField.tsx';
import { type Schema, SchemaDocument } from './schemaDocument.ts';

interface FormProps {
  readonly schema: unknown;
  readonly value: Json;
  /** The path of the value, as the API's errors name it: `data`. */
  readonly path: string;
  readonly problem: FormProblem | null;
  readonly drafts: Drafts;
  onChange(value: Json): void;
}

/**
 * A form for a JSON value that a schema describes. The value itself is all the state there is, so what the form does not change
 * stays as it was, whatever it is: members that the schema does not know, and the text of numbers.
 */
export function JsonForm({ schema, value, path, problem, drafts, onChange }: FormProps) {
  const document = useMemo(() => new SchemaDocument((schema ?? true) as Schema), [schema]);
  const shared = useMemo(() => ({ document, problem, drafts, Node: NodeField }), [document, problem, drafts]);
  const part: Part = { schema: document.root, value, path, onChange };
  return (
    <FormContext value={shared}>
      <NodeField {...part} />
    </FormContext>
  );
}
