import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** Fields that mean the same in every type. */
const everywhere: Readonly<Record<string, string>> = {
  id: 'A UUID, unique among the rows of all types: `node` finds the row by it.',
  createdAt: 'When it was created.',
  organization: 'The tenant that it belongs to.',
  idempotencyKey: 'Within 24 hours, a second call with the same key does nothing again.',
};

/** Fields of pages and of their rows. */
const ofPages: Readonly<Record<string, string>> = {
  edges: 'The rows of this page, each with its cursor.',
  pageInfo: 'Where this page is in the list, and how to get the next one.',
  cursor: 'Give it as `after` to continue behind this row, or as `before` to go back from it.',
  node: 'The row itself.',
};

/** Arguments that mean the same for every field. */
const arguments_: Readonly<Record<string, string>> = {
  first: 'How many rows to answer, from the beginning or `after` a cursor: up to 100, by default 20.',
  after: 'A cursor of this list: answers the rows behind it.',
  last: 'How many rows to answer from the end, or those `before` a cursor: up to 100.',
  before: 'A cursor of this list: answers the rows in front of it. Goes with `last`.',
  id: 'Its id.',
  input: 'What is asked for.',
  organizationId: 'Only what belongs to this organization.',
  projectId: 'Only what belongs to this project.',
  webhookId: 'Only what belongs to this webhook.',
};

type Described = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument | GraphQLNamedType;

function describe(what: Described, text: string | undefined): void {
  if (text !== undefined) what.description ??= text;
}

/** `WebhookConnection` as `Webhook`. */
const without = (name: string, end: string) => (name.endsWith(end) ? name.slice(0, -end.length) : null);

/**
 * Describes what means the same wherever it is, so that it is written once: pages, inputs and payloads of mutations, ids and
 * times of creation. What has a description of its own keeps it.
 */
export function described(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    for (const argument of field.args) {
      describe(argument, `What \`${field.name}\` needs to know.`);
      describe(getNamedType(argument.type), `What \`${field.name}\` needs to know.`);
    }
    describe(getNamedType(field.type), `What \`${field.name}\` answers.`);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    const list = without(type.name, 'Connection') ?? without(type.name, 'Edge');
    if (list !== null)
      describe(type, type.name.endsWith('Edge') ? `A row in a list of ${list}.` : `A page of a list of ${list}.`);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) describe(field, everywhere[field.name]);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      describe(field, list === null ? everywhere[field.name] : ofPages[field.name]);
      if (without(type.name, 'Payload') !== null && isObjectType(getNamedType(field.type)))
        describe(field, 'As it is after the call.');
      for (const argument of field.args) describe(argument, arguments_[argument.name]);
    }
  }
  return schema;
}
