import type { z } from 'zod';
import { invalid } from '../../core/ground/errors.ts';

/** @throws ApiError VALIDATION_FAILED that names the member at fault */
export function read<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const { data, error } = shape.safeParse(input);
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return data as z.output<Shape>;
  const member = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[0];
  throw invalid(String(member ?? 'body').slice(0, 100), issue.message);
}

/** The parameters of a query string. A repeated one becomes a list, which no shape accepts. */
export const parametersOf = (query: URLSearchParams): Record<string, unknown> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const [first, ...others] = query.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
