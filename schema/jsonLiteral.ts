import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { maxJsonDepth, tooDeep } from '../core/json/depth.ts';
import { numberProblem } from '../core/json/numbers.ts';
import { jsonTextOf, keepText } from '../core/json/sourceText.ts';

/** The value of a JSON literal in a GraphQL document, with its text. */
export function literalJson(
  node: ValueNode,
  variables: Record<string, unknown> | null | undefined,
  depth = 1,
): unknown {
  if (depth > maxJsonDepth) throw new GraphQLError(tooDeep('').message, { nodes: node });
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.ENUM:
      throw new GraphQLError('This word is not JSON: write it as a string.', { nodes: node });
    case Kind.INT:
    case Kind.FLOAT: {
      const problem = numberProblem(node.value);
      if (problem) throw new GraphQLError(problem, { nodes: node });
      return Number(node.value);
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST: {
      const items = node.values.map((item) => literalJson(item, variables, depth + 1));
      keepText(items, `[${node.values.map((item, index) => literalText(item, items[index])).join(',')}]`);
      return items;
    }
    case Kind.OBJECT: {
      const value: Record<string, unknown> = {};
      const members: string[] = [];
      for (const field of node.fields) {
        const name = field.name.value;
        const inner = literalJson(field.value, variables, depth + 1);
        // A variable without a value leaves its key out, as in every input object.
        if (inner === undefined) continue;
        Object.defineProperty(value, name, { value: inner, enumerable: true, writable: true, configurable: true });
        members.push(`${JSON.stringify(name)}:${literalText(field.value, inner)}`);
      }
      keepText(value, `{${members.join(',')}}`);
      return value;
    }
  }
}

const literalText = (node: ValueNode, value: unknown): string =>
  node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : jsonTextOf(value ?? null);
