import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { ApiError, invalid } from '../core/ground/errors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';

const scopeName = 'ScopeInput';

builder.inputType(scopeName, {
  isOneOf: true,
  description:
    'Where something belongs: to an organization as a whole, or to one project. Exactly one of the two is given.',
  fields: (t) => ({
    organizationId: t.id({ description: 'The organization as a whole.' }),
    projectId: t.id({ description: 'The project.' }),
  }),
});

const description = 'In place of `organizationId` or `projectId`: one of the two.';

type Member = GraphQLArgument | GraphQLInputField;
type Given = Readonly<Record<string, unknown>>;

/** Takes scopes apart. @param used - gets the paths in front of those that were given */
type Fold = (given: Given, path: string, used: string[]) => Given;

const isOptional = (members: readonly Member[], name: string) =>
  members.some((each) => each.name === name && !isNonNullType(each.type));

const takesScope = (members: readonly Member[]) =>
  isOptional(members, 'organizationId') && isOptional(members, 'projectId');

class Scopes {
  readonly #type: GraphQLInputObjectType;
  /** By the name of an input's type; null for those without a scope. */
  readonly #folds = new Map<string, Fold | null>();

  constructor(schema: GraphQLSchema) {
    this.#type = schema.getType(scopeName) as GraphQLInputObjectType;
  }

  /** Adds `scope` to a field that may take one. @returns how it is taken apart; null where there can be none */
  ofField(field: GraphQLField<unknown, Context>): Fold | null {
    if (takesScope(field.args)) (field.args as GraphQLArgument[]).push(this.#member());
    return this.#fold(field.args);
  }

  #member(): GraphQLArgument {
    return {
      name: 'scope',
      description,
      type: this.#type,
      defaultValue: undefined,
      deprecationReason: undefined,
      extensions: {},
      astNode: undefined,
    };
  }

  #ofInput(type: GraphQLInputObjectType): Fold | null {
    const known = this.#folds.get(type.name);
    if (known !== undefined) return known;
    // Until it is known, for a type that contains itself.
    this.#folds.set(type.name, null);
    const fields = type.getFields();
    if (takesScope(Object.values(fields))) fields.scope = this.#member();
    const fold = this.#fold(Object.values(fields));
    this.#folds.set(type.name, fold);
    return fold;
  }

  #fold(members: readonly Member[]): Fold | null {
    const own = members.some(({ type }) => type === this.#type);
    const nested = members.flatMap(({ name, type }) => {
      const bare = getNullableType(type);
      const fold = isInputObjectType(bare) && bare !== this.#type ? this.#ofInput(bare) : null;
      return fold ? [{ name, fold }] : [];
    });
    if (!own && nested.length === 0) return null;
    return (given, path, used) => {
      // Usually no scope is given, and everything stays as it is.
      let folded = own && given.scope != null ? apart(given, path, used) : given;
      for (const { name, fold } of nested) {
        const value = folded[name] as Given | null | undefined;
        const inside = value == null ? value : fold(value, `${path}${name}.`, used);
        if (inside !== value) folded = { ...folded, [name]: inside };
      }
      return folded;
    };
  }
}

function apart({ scope, ...rest }: Given, path: string, used: string[]): Given {
  if (rest.organizationId != null || rest.projectId != null) {
    throw invalid(`${path}scope`, 'Name the scope once: give "scope", or one of "organizationId" and "projectId".');
  }
  used.push(path);
  return { ...rest, ...(scope as Given) };
}

/** The same error about the argument as it was given. */
function asGiven(error: unknown, used: readonly string[]): unknown {
  if (!(error instanceof ApiError) || error.field === undefined) return error;
  const path = used.find((each) => [`${each}organizationId`, `${each}projectId`].includes(error.field as string));
  if (path === undefined) return error;
  const field = `${path}scope.${error.field.slice(path.length)}`;
  return new ApiError(error.code, error.message, field, error.retryAfterSeconds, error.permission);
}

type Resolver = NonNullable<GraphQLField<unknown, Context>['resolve']>;

const afterFolding = (resolve: Resolver, fold: Fold): Resolver => {
  const withScope = async (used: readonly string[], ...given: Parameters<Resolver>) => {
    try {
      return await resolve(...given);
    } catch (error) {
      throw asGiven(error, used);
    }
  };
  return (source, args, context, info) => {
    const used: string[] = [];
    const folded = fold(args, '', used);
    // Usually there is none, and nothing to wait for.
    return used.length === 0 ? resolve(source, folded, context, info) : withScope(used, source, folded, context, info);
  };
};

/**
 * Wherever an organization or a project may be named, `scope` names one of them, by a type that says that it is one of two. It is
 * added here, and taken apart before any resolver sees it, so that no field lacks it.
 */
export function takingScopes(schema: GraphQLSchema): GraphQLSchema {
  const scopes = new Scopes(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, Context>[]) {
      const fold = scopes.ofField(field);
      if (!fold) continue;
      if (field.resolve && !field.subscribe) field.resolve = afterFolding(field.resolve, fold);
      if (field.subscribe) field.subscribe = afterFolding(field.subscribe, fold);
    }
  }
  return schema;
}
