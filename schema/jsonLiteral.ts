import { GraphQLError, Kind, type ValueNode, type VariableNode } from 'graphql';
import { maxJsonDepth, tooDeep } from '../core/json/depth.ts';
import { numberProblem } from '../core/json/numbers.ts';
import { jsonTextOf, keepText } from '../core/json/sourceText.ts';

type Variables = Record<string, unknown> | null | undefined;

/** Characters that the variables inside the literals of one operation may have together: as many as a body. A name may stand there often. */
const maxInserted = 1024 * 1024;

/** What variables an operation's literals hold: each place once, though GraphQL reads it several times. */
interface Inserted {
  readonly places: WeakSet<VariableNode>;
  characters: number;
}
const insertedBy = new WeakMap<object, Inserted>();

interface Literal {
  /** Undefined for a variable without a value. */
  readonly value: unknown;
  readonly text: string;
}

/** The value of a JSON literal in a GraphQL document, with its text. */
export function literalJson(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables?.[node.name.value];
  const { value, text } = read(node, variables, 1);
  // Only the whole is ever asked for its text.
  keepText(value, { text });
  return value;
}

function read(node: ValueNode, variables: Variables, depth: number): Literal {
  if (depth > maxJsonDepth) throw new GraphQLError(tooDeep('').message, { nodes: node });
  switch (node.kind) {
    case Kind.NULL:
      return { value: null, text: 'null' };
    case Kind.STRING:
    case Kind.BOOLEAN:
      return { value: node.value, text: JSON.stringify(node.value) };
    case Kind.ENUM:
      throw new GraphQLError('This word is not JSON: write it as a string.', { nodes: node });
    case Kind.INT:
    case Kind.FLOAT: {
      const problem = numberProblem(node.value);
      if (problem) throw new GraphQLError(problem, { nodes: node });
      return { value: Number(node.value), text: node.value };
    }
    case Kind.VARIABLE:
      return inserted(node, variables);
    case Kind.LIST: {
      const items = node.values.map((item) => read(item, variables, depth + 1));
      return { value: items.map(({ value }) => value), text: `[${joined(items.map(({ text }) => text))}]` };
    }
    case Kind.OBJECT: {
      const value: Record<string, unknown> = {};
      const members: string[] = [];
      for (const field of node.fields) {
        const name = field.name.value;
        const inner = read(field.value, variables, depth + 1);
        // A variable without a value leaves its key out, as in every input object.
        if (inner.value === undefined) continue;
        Object.defineProperty(value, name, {
          value: inner.value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
        members.push(`${JSON.stringify(name)}:${inner.text}`);
      }
      return { value, text: `{${joined(members)}}` };
    }
  }
}

/** By concatenation, which copies nothing: a copy at each level would hold the innermost as often as they are nested. */
function joined(texts: readonly string[]): string {
  let all = '';
  for (const text of texts) all = all === '' ? text : `${all},${text}`;
  return all;
}

function inserted(node: VariableNode, variables: Variables): Literal {
  const value = variables?.[node.name.value];
  const text = jsonTextOf(value ?? null);
  if (variables) {
    let known = insertedBy.get(variables);
    if (!known) {
      known = { places: new WeakSet(), characters: 0 };
      insertedBy.set(variables, known);
    }
    if (!known.places.has(node)) {
      known.places.add(node);
      known.characters += text.length;
    }
    if (known.characters > maxInserted) {
      throw new GraphQLError(
        `Variables inside of JSON literals have at most ${maxInserted} characters together: send the whole as a variable.`,
        { nodes: node },
      );
    }
  }
  return { value, text };
}
