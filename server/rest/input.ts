import type { z } from 'zod';
import { invalid } from '../../core/ground/errors.ts';

type Issue = z.core.$ZodIssue;

/** @throws ApiError VALIDATION_FAILED that names the member at fault; `[3].type` in a list */
export function read<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const { data, error } = shape.safeParse(input);
  const [first] = error?.issues ?? [];
  if (first === undefined) return data as z.output<Shape>;
  const issue = meant(first);
  const member = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  throw invalid(fieldOf(member).slice(0, 100) || 'body', issue.message);
}

/** Where several shapes are allowed, the issue of the one that fits best: which does not refuse the value as a whole. */
function meant(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const firsts = issue.errors.flatMap(([first]) => first ?? []);
  return firsts.find(({ code, path }) => code !== 'invalid_type' || path.length > 0) ?? firsts[0] ?? issue;
}

/** The first member, with its place where it is in a list. */
const fieldOf = ([first, second]: readonly unknown[]): string =>
  typeof first === 'number' ? `[${first}]${second === undefined ? '' : `.${String(second)}`}` : String(first ?? '');

/** The parameters of a query string. A repeated one becomes a list, which no shape accepts. */
export const parametersOf = (query: URLSearchParams): Record<string, unknown> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const [first, ...others] = query.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
