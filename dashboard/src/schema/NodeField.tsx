import { SelectField } from '../design/Field.tsx';
import { useWords } from '../words/words.ts';
import { ArrayField } from './ArrayField.tsx';
import { beginning, resolved } from './fits.ts';
import { type Part, useForm } from './formContext.ts';
import { JsonField } from './JsonField.tsx';
import type { Json } from './jsonTree.ts';
import { ObjectField } from './ObjectField.tsx';
import { ScalarField } from './ScalarField.tsx';
import type { Schema } from './schemaDocument.ts';
import { type Shape, shapeOf, type TypeName } from './shape.ts';

/** A value of any kind, with the choices that its schema leaves. */
export function NodeField(part: Part) {
  const { document } = useForm();
  const t = useWords('catalogue');
  const { schema, value, label, onChange } = part;
  const { shape, chosen } = resolved(document, schema, value);
  const types = typesOf(shape);
  const choices = chosen.map(({ choice, at }, place) => (
    <SelectField
      // biome-ignore lint/suspicious/noArrayIndexKey: the choices of a schema never move.
      key={place}
      label={label ? t('form.variantOf', { name: label }) : t('form.variant')}
      value={at}
      onChange={(event) => {
        const variant = choice.variants[Number(event.target.value)];
        if (variant !== undefined) onChange(switched(value, beginning(document, both(schema, variant))));
      }}
    >
      {at === -1 && <option value={-1}>{t('form.noVariant')}</option>}
      {choice.variants.map((variant, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the variants of a schema never move.
        <option key={index} value={index}>
          {variantName(shapeOf(document, variant)) ??
            (shapeOf(document, variant)
              .types.map((each) => t(`schema.types.${each}`))
              .join(', ') ||
              t('form.variantNumber', { number: index + 1 }))}
        </option>
      ))}
    </SelectField>
  ));
  const type = types.length > 1 && chosen.length === 0 && (
    <SelectField
      label={label ? t('form.typeOf', { name: label }) : t('form.type')}
      value={typeOf(value, types) ?? ''}
      onChange={(event) => onChange(beginning(document, schema, event.target.value as TypeName))}
    >
      {typeOf(value, types) === null && <option value="">{t('form.otherType')}</option>}
      {types.map((each) => (
        <option key={each} value={each}>
          {t(`schema.types.${each}`)}
        </option>
      ))}
    </SelectField>
  );
  return (
    <>
      {choices}
      {type}
      <ValueField {...part} shape={shape} types={types} />
    </>
  );
}

function ValueField({ types, ...part }: Part & { readonly shape: Shape; readonly types: readonly TypeName[] }) {
  const { value, shape } = part;
  const known = types.length === 0 || typeOf(value, types) !== null;
  if (value.kind === 'object') return known ? <ObjectField {...part} /> : <JsonField {...part} />;
  if (value.kind === 'array') return known ? <ArrayField {...part} /> : <JsonField {...part} />;
  // A number that is being written is a text until it is one.
  const writing = value.kind === 'string' && types.some((type) => type === 'number' || type === 'integer');
  const told = types.length > 0 || shape.choices !== null || shape.constant !== null;
  return told && (known || writing) ? <ScalarField {...part} types={types} /> : <JsonField {...part} />;
}

/** The types of a value: those that are said, or the one that its properties or constants have. */
function typesOf(shape: Shape): readonly TypeName[] {
  if (shape.types.length > 0) return shape.types;
  if (shape.properties.length > 0) return ['object'];
  if (shape.items !== true || shape.first.length > 0) return ['array'];
  return [];
}

function typeOf(value: Json, types: readonly TypeName[]): TypeName | null {
  return types.find((type) => type === value.kind || (type === 'integer' && value.kind === 'number')) ?? null;
}

const both = (schema: Schema, variant: Schema): Schema => {
  if (typeof schema === 'boolean') return variant;
  // The variant comes first: its constants are what tells it from the others.
  const {
    oneOf: _one,
    anyOf: _any,
    default: _default,
    examples: _examples,
    const: _const,
    enum: _enum,
    ...rest
  } = schema;
  return { allOf: [variant, rest] };
};

/** The new variant, with the members of the old one that it may keep. */
function switched(before: Json, after: Json): Json {
  if (before.kind !== 'object' || after.kind !== 'object') return after;
  const members = after.members.map(([name, value]) => {
    const kept = before.members.find(([each]) => each === name)?.[1];
    const scalar = kept && kept.kind === value.kind && kept.kind !== 'object' && kept.kind !== 'array';
    // A constant of the new variant stays: it is not empty.
    const empty = (value.kind === 'string' && value.value === '') || (value.kind === 'number' && value.text === '0');
    return [name, scalar && empty ? kept : value] as const;
  });
  return { kind: 'object', members };
}

function variantName(shape: Shape): string | null {
  if (shape.title || shape.name) return shape.title ?? shape.name;
  const constants = shape.properties.flatMap(({ schema }) =>
    typeof schema === 'object' && typeof schema.const === 'string' ? [schema.const] : [],
  );
  return constants[0] ?? null;
}
