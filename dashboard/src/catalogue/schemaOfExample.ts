import type { Json } from '../schema/jsonTree.ts';

/** A schema that an example fits: a beginning for whoever writes one. */
export function schemaOfExample(value: Json): object {
  switch (value.kind) {
    case 'null':
      return {};
    case 'number':
      return { type: Number.isInteger(Number(value.text)) ? 'integer' : 'number' };
    case 'array': {
      const [first] = value.items;
      return { type: 'array', ...(first && { items: schemaOfExample(first) }) };
    }
    case 'object': {
      // As members of its own, whatever they are called.
      const properties = Object.fromEntries(value.members.map(([name, member]) => [name, schemaOfExample(member)]));
      return { type: 'object', required: [...new Set(value.members.map(([name]) => name))], properties };
    }
    default:
      return { type: value.kind };
  }
}
