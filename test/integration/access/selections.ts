import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** How many things a path leads through; the parts of a list are not counted. */
const longest = 4;
const partOfList = /Connection$|Edge$|^PageInfo$/;

export const objectOf = (type: GraphQLOutputType): GraphQLObjectType | null => {
  const named = getNamedType(type);
  return isObjectType(named) ? named : null;
};

/** A call that asks for a short page, and for a short count, where there are such: a path of long ones costs more than is served. */
export function shortly(field: GraphQLField<unknown, unknown>, call: string): string {
  const bound = field.args.find(({ name }) => name === 'first' || name === 'atMost')?.name;
  if (bound === undefined) return call;
  return call.includes('(') ? call.replace('(', `(${bound}: 2, `) : `${call}(${bound}: 2)`;
}

/** Every path through a type, as a selection that ends with all that can be read there. */
export function* selections(type: GraphQLObjectType, passed: readonly GraphQLObjectType[] = []): Generator<string> {
  const fields = Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument));
  // A count shows no row, and costs as much as a long page.
  const leaves = fields
    .filter(({ name, type: of }) => isLeafType(getNamedType(of)) && name !== 'totalCount')
    .map(({ name }) => name);
  if (leaves.length > 0) yield leaves.join(' ');
  const through = partOfList.test(type.name) ? passed : [...passed, type];
  if (through.length >= longest) return;
  for (const field of fields) {
    const next = objectOf(field.type);
    if (next === null || through.includes(next)) continue;
    for (const inner of selections(next, through)) yield `${shortly(field, field.name)} { ${inner} }`;
  }
}
