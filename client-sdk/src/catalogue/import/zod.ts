import { isObject } from '../jsonSchema.ts';
import { bundled, placeText } from './bundle.ts';
import { type ReadCatalogue, Reading } from './read.ts';

/** `z.toJSONSchema` of the module's own copy of Zod 4. */
export type ToJsonSchema = (
  schema: never,
  options: { target: 'draft-2020-12'; io: 'input'; unrepresentable: 'throw' },
) => unknown;

/**
 * The event types of a module of Zod 4 schemas. An exported object of schemas names types by its keys
 * (`export const events = { 'order.paid': z.object(…) }`), and so does `default`; a schema that is exported by itself is named by
 * `.meta({ id: 'order.paid' })`.
 *
 * @param exports - what the module exports
 * @param toJSONSchema - of the copy of Zod that the module imports
 * @param source - the module's name, for places
 */
export function readZod(
  exports: Readonly<Record<string, unknown>>,
  toJSONSchema: ToJsonSchema,
  source: string,
): ReadCatalogue {
  const reading = new Reading();
  let count = 0;
  const take = (name: string, schema: unknown, place: string) => {
    count++;
    reading.take(place, name, () => {
      const options = { target: 'draft-2020-12', io: 'input', unrepresentable: 'throw' } as const;
      const made = toJSONSchema(schema as never, options);
      const at = { document: place, pointer: '' };
      const whole = bundled(new Map([[place, made]]), at, '2020-12');
      const { description, examples } = isObject(made) ? made : {};
      const [example] = Array.isArray(examples) ? examples : [];
      return {
        description: typeof description === 'string' ? description : null,
        schema: whole,
        ...(example === undefined ? {} : { example }),
      };
    });
  };
  const guarded = (name: string, schema: unknown, place: string) => {
    try {
      take(name, schema, place);
    } catch (error) {
      // Zod's own word for what JSON Schema cannot say: a transform, a date, a bigint.
      reading.problem(place, `This cannot be JSON Schema: ${error instanceof Error ? error.message : error}`);
    }
  };
  for (const [name, value] of Object.entries(exports)) {
    const place = placeText({ document: source, pointer: `/${name}` });
    if (isZod(value)) {
      const id = idOf(value);
      if (id === null) {
        count++;
        reading.problem(
          place,
          `Name the type: write .meta({ id: "order.paid" }), or export { "order.paid": ${name} }.`,
        );
      } else guarded(id, value, place);
    } else if (isObject(value) && Object.values(value).some(isZod)) {
      for (const [type, schema] of Object.entries(value)) if (isZod(schema)) guarded(type, schema, `${place}/${type}`);
    }
  }
  if (count === 0) reading.problem(source, 'The module exports no Zod 4 schemas.');
  return reading.done();
}

const isZod = (value: unknown): value is { meta?: () => unknown } => isObject(value) && isObject(value._zod);

function idOf(schema: { meta?: () => unknown }): string | null {
  const meta = schema.meta?.();
  return isObject(meta) && typeof meta.id === 'string' ? meta.id : null;
}
