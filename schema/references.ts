import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { parseId } from '../core/ground/parseId.ts';
import type { Referred, Within } from '../core/references/references.ts';
import type { Context } from './context.ts';

/**
 * Wherever an id of an organization, project or webhook is taken, its external id is too. Arguments say by their names what they
 * name; an `id` does by the name of its field, or by an extension ({@link naming}). They are replaced here, before any resolver
 * sees them, so that no resolver can forget it.
 */
const byName: Readonly<Record<string, Referred>> = {
  organizationId: 'organization',
  projectId: 'project',
  webhookId: 'webhook',
};

/** For an `id` in an input whose field's name does not say what it names. */
export const naming = (what: Referred) => ({ extensions: { names: what } });

/** What the `id` of a field such as `webhook` or `updateProject` names. */
function namedByField(field: string): Referred | undefined {
  const [, what] = /(?<!inbound)(organization|project|webhook)(?!s)/i.exec(field) ?? [];
  return what?.toLowerCase() as Referred | undefined;
}

type Given = Readonly<Record<string, unknown>>;

/** Replaces the references in what was given. Null: there can be none. */
type Replace = ((given: Given, path: string, context: Context) => Promise<Given> | Given) | null;

/** The outermost come first: what they name is where the others are looked for. */
const order: readonly Referred[] = ['organization', 'project', 'webhook'];

function replacing(members: readonly (GraphQLArgument | GraphQLInputField)[], id: Referred | undefined): Replace {
  const named = members
    .flatMap(({ name, extensions }) => {
      const what = (extensions.names as Referred | undefined) ?? (name === 'id' ? id : byName[name.replace(/s$/, '')]);
      return what ? [{ name, what }] : [];
    })
    .sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
  const nested = members.flatMap(({ name, type }) => {
    const bare = getNullableType(type);
    if (!isInputObjectType(bare)) return [];
    const replace = replacing(Object.values(bare.getFields()), name === 'input' ? id : undefined);
    return replace ? [{ name, replace }] : [];
  });
  if (named.length === 0 && nested.length === 0) return null;

  return (given, path, context) => {
    const open = named.some(({ name }) => isReference(given[name]));
    const inside = nested.filter(({ name }) => given[name] != null);
    return open || inside.length > 0 ? replaceAll(given, path, context, open ? named : [], inside) : given;
  };
}

/** Whether a value, or one in a list, may be an external id. */
const isReference = (value: unknown): boolean =>
  typeof value === 'string' ? parseId(value) === null : Array.isArray(value) && value.some(isReference);

function replaceAll(
  given: Given,
  path: string,
  context: Context,
  named: readonly { readonly name: string; readonly what: Referred }[],
  nested: readonly { readonly name: string; readonly replace: NonNullable<Replace> }[],
): Promise<Given> | Given {
  const inner = nested.map(({ name, replace }) => {
    const value = replace(given[name] as Given, `${path}${name}.`, context);
    return { name, value };
  });
  // Usually there is nothing to look up, and nothing to wait for.
  if (named.length === 0 && !inner.some(({ value }) => value instanceof Promise)) {
    return inner.every(({ name, value }) => value === given[name])
      ? given
      : { ...given, ...Object.fromEntries(inner.map(({ name, value }) => [name, value])) };
  }
  return (async () => {
    const replaced: Record<string, unknown> = { ...given };
    const within: { organizationId?: string; projectId?: string } = {};
    for (const { name, what } of named) {
      const value = await found(replaced[name], what, `${path}${name}`, within, context);
      replaced[name] = value;
      if (typeof value === 'string' && what !== 'webhook' && parseId(value) !== null) within[`${what}Id`] = value;
    }
    for (const { name, value } of inner) replaced[name] = await value;
    return replaced;
  })();
}

/** What is not found stays as it is: the resolver says what it says of every id that names nothing. */
async function found(
  value: unknown,
  what: Referred,
  field: string,
  within: Within,
  context: Context,
): Promise<unknown> {
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const [index, each] of value.entries()) {
      list.push(await found(each, what, `${field}[${index}]`, within, context));
    }
    return list;
  }
  if (typeof value !== 'string' || !isReference(value)) return value;
  return (await context.services.references.find(context.principal, what, value, field, within)) ?? value;
}

type Resolver = NonNullable<GraphQLField<unknown, Context>['resolve']>;

/** The same function for what was given, with its references replaced. */
const afterReplacing =
  (resolve: Resolver, replace: NonNullable<Replace>): Resolver =>
  (source, args, context, info) => {
    const replaced = replace(args, '', context);
    return replaced instanceof Promise
      ? replaced.then((given) => resolve(source, given, context, info))
      : resolve(source, replaced, context, info);
  };

/** Makes every field of a schema take external ids where it takes ids. */
export function takingReferences(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, Context>[]) {
      const replace = replacing(field.args, namedByField(field.name));
      if (!replace) continue;
      if (field.resolve && !field.subscribe) field.resolve = afterReplacing(field.resolve, replace);
      if (field.subscribe) field.subscribe = afterReplacing(field.subscribe, replace);
    }
  }
  return schema;
}
