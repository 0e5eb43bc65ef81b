import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  Kind,
  print,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { ApiError } from '../../core/ground/errors.ts';

/** Fields visited before a document is refused as too tangled: several times what 4,000 tokens can hold. */
const maxSteps = 20_000;

/**
 * The rule that fields with the same name must merge (spec 5.3.2), for a schema without interfaces and unions: there, all
 * fields to be merged have one parent type. GraphQL's own rule compares each pair of fields and of fragments, which takes
 * half a second for some documents of a few KB. This one groups fields by name and descends once into each group.
 *
 * @throws ApiError LIMIT_EXCEEDED if fragments are spread in too many combinations
 */
export function fieldsMerge(context: ValidationContext): ASTVisitor {
  const numbers = new Map<SelectionSetNode, number>();
  const checked = new Set<string>();
  const written = new Map<FieldNode, string>();
  let left = maxSteps;

  function step(): void {
    left -= 1;
    if (left >= 0) return;
    throw new ApiError(
      'LIMIT_EXCEEDED',
      'The fragments of this document are spread in too many combinations to be checked. Spread fewer, or send several operations.',
    );
  }

  function numberOf(set: SelectionSetNode): number {
    const known = numbers.get(set);
    if (known !== undefined) return known;
    numbers.set(set, numbers.size);
    return numbers.size - 1;
  }

  function gather({ selections }: SelectionSetNode, fields: Map<string, FieldNode[]>, spread: Set<string>): void {
    for (const selection of selections) {
      step();
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const same = fields.get(name);
        if (same) same.push(selection);
        else fields.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) gather(selection.selectionSet, fields, spread);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = context.getFragment(selection.name.value);
        if (fragment) gather(fragment.selectionSet, fields, spread);
      }
    }
  }

  /** A field's name with its arguments in sorted order. */
  function writtenAs(field: FieldNode): string {
    const known = written.get(field);
    if (known !== undefined) return known;
    const parts = (field.arguments ?? []).map(({ name, value }) => `${name.value}: ${print(value)}`).sort();
    const text = `${field.name.value}(${parts.join(', ')})`;
    written.set(field, text);
    return text;
  }

  /** Checks selections that are merged with each other. Those that were together before are known. */
  function check(sets: readonly SelectionSetNode[]): void {
    for (const _ of sets) step();
    const key = sets
      .map(numberOf)
      .sort((a, b) => a - b)
      .join();
    if (checked.has(key)) return;
    checked.add(key);
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) gather(set, fields, spread);
    for (const [name, [first, ...others]] of fields) {
      if (first === undefined) continue;
      const other = others.find((each) => writtenAs(each) !== writtenAs(first));
      if (other) {
        const message = `Fields "${name}" conflict because they are not the same field with the same arguments. Use different aliases to get both.`;
        context.reportError(new GraphQLError(message, { nodes: [first, other] }));
        return;
      }
      const inner = new Set([first, ...others].flatMap(({ selectionSet }) => selectionSet ?? []));
      if (inner.size > 0) check([...inner]);
    }
  }

  return {
    OperationDefinition({ selectionSet }) {
      check([selectionSet]);
    },
  };
}
