import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  print,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { ApiError } from '../../core/ground/errors.ts';

/** Fields visited before a document is refused as too tangled: several times what 4,000 tokens can hold. */
const maxSteps = 20_000;

/** A selection set, and the type whose fields it selects. */
interface Selected {
  readonly set: SelectionSetNode;
  readonly type: GraphQLNamedType | undefined;
}

/** A field, and the type that it belongs to. */
interface Placed {
  readonly field: FieldNode;
  readonly parent: GraphQLNamedType | undefined;
}

/** What a value looks like in an answer: two fields of one name must agree in it, also where only one of them applies. */
function shapeOf(type: GraphQLOutputType): string {
  if (isNonNullType(type)) return `${shapeOf(type.ofType)}!`;
  if (isListType(type)) return `[${shapeOf(type.ofType)}]`;
  return isLeafType(type) ? type.name : '{}';
}

function typeOf({ field, parent }: Placed): GraphQLOutputType | undefined {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  return parent.getFields()[field.name.value]?.type;
}

/**
 * The rule that fields with the same name must merge (spec 5.3.2). GraphQL's own rule compares each pair of fields and of
 * fragments, which takes half a second for some documents of a few KB. This one groups fields by name and descends once into
 * each group; where the fields of a group belong to several types of object, once for each type.
 *
 * @throws ApiError LIMIT_EXCEEDED if fragments are spread in too many combinations
 */
export function fieldsMerge(context: ValidationContext): ASTVisitor {
  const numbers = new Map<SelectionSetNode, number>();
  const checked = new Set<string>();
  const written = new Map<FieldNode, string>();
  const schema = context.getSchema();
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

  function gather({ set, type }: Selected, fields: Map<string, Placed[]>, spread: Set<string>): void {
    for (const selection of set.selections) {
      step();
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const placed = { field: selection, parent: type };
        const same = fields.get(name);
        if (same) same.push(placed);
        else fields.set(name, [placed]);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition, selectionSet } = selection;
        gather(
          { set: selectionSet, type: typeCondition ? schema.getType(typeCondition.name.value) : type },
          fields,
          spread,
        );
        continue;
      }
      if (spread.has(selection.name.value)) continue;
      spread.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      if (!fragment) continue;
      gather({ set: fragment.selectionSet, type: schema.getType(fragment.typeCondition.name.value) }, fields, spread);
    }
  }

  /** A field's name with its arguments in sorted order. */
  function writtenAs({ field }: Placed): string {
    const known = written.get(field);
    if (known !== undefined) return known;
    const parts = (field.arguments ?? []).map(({ name, value }) => `${name.value}: ${print(value)}`).sort();
    const text = `${field.name.value}(${parts.join(', ')})`;
    written.set(field, text);
    return text;
  }

  function report(name: string, reason: string, a: Placed, b: Placed): void {
    const message = `Fields "${name}" conflict because ${reason}. Use different aliases to get both.`;
    context.reportError(new GraphQLError(message, { nodes: [a.field, b.field] }));
  }

  /** Of fields that may apply to the same object. @returns whether they are one field with the same arguments */
  function areSame(name: string, [first, ...others]: readonly Placed[]): boolean {
    if (first === undefined) return true;
    const other = others.find((each) => writtenAs(each) !== writtenAs(first));
    if (other) report(name, 'they are not the same field with the same arguments', first, other);
    return other === undefined;
  }

  /** Of fields of several types. @returns whether their values look the same */
  function lookSame(name: string, placed: readonly Placed[]): boolean {
    let seen: { shape: string; by: Placed } | null = null;
    for (const each of placed) {
      const type = typeOf(each);
      if (type === undefined) continue;
      const shape = shapeOf(type);
      if (seen && seen.shape !== shape) {
        report(name, 'they return values of different types', seen.by, each);
        return false;
      }
      seen ??= { shape, by: each };
    }
    return true;
  }

  function innerOf(placed: readonly Placed[]): Selected[] {
    const inner = new Map<SelectionSetNode, Selected>();
    for (const each of placed) {
      const { selectionSet } = each.field;
      if (!selectionSet) continue;
      const type = typeOf(each);
      inner.set(selectionSet, { set: selectionSet, type: type && getNamedType(type) });
    }
    return [...inner.values()];
  }

  /** The fields of one name that may apply to the same object, group by group: those of an interface are in each. */
  function* groupsOf(placed: readonly Placed[]): Generator<Placed[]> {
    const [first] = placed;
    if (placed.every(({ parent }) => parent === first?.parent)) {
      yield [...placed];
      return;
    }
    const ofAny = placed.filter(({ parent }) => !isObjectType(parent));
    const types = new Set(placed.map(({ parent }) => parent).filter(isObjectType));
    if (types.size === 0) yield ofAny;
    for (const type of types) yield [...placed.filter(({ parent }) => parent === type), ...ofAny];
  }

  /**
   * Checks selections that are merged with each other. Those that were together before are known.
   *
   * @param merged - whether all apply to one object; otherwise only their values must look the same
   */
  function check(selected: readonly Selected[], merged: boolean): void {
    for (const _ of selected) step();
    const key = `${merged} ${selected
      .map(({ set }) => numberOf(set))
      .sort((a, b) => a - b)
      .join()}`;
    if (checked.has(key)) return;
    checked.add(key);
    const fields = new Map<string, Placed[]>();
    const spread = new Set<string>();
    for (const each of selected) gather(each, fields, spread);
    for (const [name, placed] of fields) {
      const groups = merged ? [...groupsOf(placed)] : [];
      for (const group of groups) if (!areSame(name, group)) return;
      if (!lookSame(name, placed)) return;
      for (const group of groups) {
        const inner = innerOf(group);
        if (inner.length > 0) check(inner, true);
      }
      if (groups.length === 1) continue;
      const inner = innerOf(placed);
      if (inner.length > 1) check(inner, false);
    }
  }

  return {
    OperationDefinition({ operation, selectionSet }) {
      check([{ set: selectionSet, type: schema.getRootType(operation) ?? undefined }], true);
    },
  };
}
