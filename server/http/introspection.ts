import {
  __Schema,
  __Type,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '../../core/ground/errors.ts';

/** Schema fields that are answered like any others. */
export const fewFields = 1_000;

/** A document that asks for the schema. */
interface Introspection {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Refuses to answer more of the schema than tools ask for. The resolvers of `__schema` and `__type` are GraphQL's own,
 * so the complexity rule does not see them, while fragments and aliases turn a few hundred bytes into seconds of work.
 *
 * Counts what an execution would answer by walking the schema in the same way, and stops at the bound, so the check is
 * bounded, too.
 *
 * @param maxFields - fields that may be answered
 * @returns fields that would be answered
 * @throws ApiError LIMIT_EXCEEDED
 */
export function checkIntrospection(
  { schema, document, operation, variables }: Introspection,
  maxFields: number,
): number {
  if (operation.operation !== 'query') return 0;
  const info = { schema } as GraphQLResolveInfo;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const gathered = new Map<SelectionSetNode, FieldNode[]>();
  let left = maxFields;

  /** Collects as an execution does: a fragment counts once in a selection, however often it is spread there. */
  function gather({ selections }: SelectionSetNode, fields: FieldNode[], seen: Set<string>): FieldNode[] {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) gather(selection.selectionSet, fields, seen);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) gather(fragment.selectionSet, fields, seen);
      }
    }
    return fields;
  }

  function fieldsOf(selectionSet: SelectionSetNode): FieldNode[] {
    const fields = gathered.get(selectionSet) ?? gather(selectionSet, [], new Set());
    gathered.set(selectionSet, fields);
    return fields;
  }

  function walk(type: GraphQLObjectType, value: unknown, selectionSet: SelectionSetNode): void {
    for (const node of fieldsOf(selectionSet)) {
      left -= 1;
      if (left < 0) {
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `The introspection of this operation would answer more than ${maxFields} fields. Ask for less at a time.`,
        );
      }
      const field = type.getFields()[node.name.value];
      const inner = field && getNamedType(field.type);
      if (!node.selectionSet || !isObjectType(inner)) continue;
      // Deprecated fields always count.
      const found: unknown = field?.resolve?.(value, { includeDeprecated: true }, null, info);
      for (const each of Array.isArray(found) ? found : [found]) if (each) walk(inner, each, node.selectionSet);
    }
  }

  const asked = fieldsOf(operation.selectionSet);
  for (const node of asked) {
    if (!node.selectionSet) continue;
    if (node.name.value === '__schema') walk(__Schema, schema, node.selectionSet);
    else if (node.name.value === '__type') {
      const type = schema.getType(nameOf(node, operation, variables));
      if (type) walk(__Type, type, node.selectionSet);
    }
  }
  const answered = maxFields - left;
  // A large answer waits for its turn, so it must not hold up fields that need the database.
  if (answered > fewFields && asked.some(({ name }) => !name.value.startsWith('__'))) {
    throw new ApiError(
      'LIMIT_EXCEEDED',
      `Beside other fields at most ${fewFields} fields of the schema are answered: ask for the schema in an operation of its own.`,
    );
  }
  return answered;
}

/** The type that `__type` names. */
function nameOf(node: FieldNode, operation: OperationDefinitionNode, variables: Introspection['variables']): string {
  const value = node.arguments?.find(({ name }) => name.value === 'name')?.value;
  if (value?.kind === Kind.STRING) return value.value;
  if (value?.kind !== Kind.VARIABLE) return '';
  const name = value.name.value;
  const given = variables?.[name];
  if (given !== undefined) return String(given);
  const standard = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
  return standard?.kind === Kind.STRING ? standard.value : '';
}
