import { isSchemaObject, type Schema, type SchemaDocument } from './schemaDocument.ts';
import { combined, partsOf, type Shape, shapeOf } from './shape.ts';

/** A shape as people are told about it, and whether the value may also be null. */
export interface Told {
  readonly shape: Shape;
  readonly orNull: boolean;
}

/** Of a schema whose variants are one thing and null, that thing: `text or null` says it in a line. */
export function toldOf(document: SchemaDocument, schema: Schema): Told {
  const shape = shapeOf(document, schema);
  const [group, ...groups] = shape.variants;
  if (!group || groups.length > 0 || shape.types.length > 0 || group.variants.length !== 2) {
    return { shape, orNull: false };
  }
  const [variant, ...others] = group.variants.filter((each) => !isNull(document, each));
  if (others.length > 0 || !isSchemaObject(variant)) return { shape, orNull: false };
  const around = partsOf(document, schema).map((part) => ({ ...part, [group.kind]: undefined }));
  return { shape: combined([...around, ...partsOf(document, variant)]), orNull: true };
}

function isNull(document: SchemaDocument, schema: Schema): boolean {
  const { types, constant, choices } = shapeOf(document, schema);
  if (types.length > 0) return types.every((type) => type === 'null');
  return constant?.kind === 'null' || (choices?.length === 1 && choices[0]?.kind === 'null');
}
