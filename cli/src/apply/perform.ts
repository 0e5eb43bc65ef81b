import { EverhookError } from '@everhook/sdk';
import { CliError } from '../exit/codes.ts';
import type { ConfigurationFile } from './file.ts';
import type { Path } from './path.ts';
import type { Doing, Plan, Step } from './plan.ts';

/** An apply that ended half-way. What was done stays, and applying again does the rest. */
export class ApplyFailed extends Error {
  readonly done: readonly Step[];
  readonly failed: Step;
  readonly left: readonly Step[];
  /** The reason, with the place in the file. */
  readonly reason: unknown;

  constructor(done: readonly Step[], failed: Step, left: readonly Step[], reason: unknown) {
    super('The apply ended half-way.');
    this.done = done;
    this.failed = failed;
    this.left = left;
    this.reason = reason;
  }
}

/** `input.headers[0].name` as a path below a step. */
const partsOf = (field: string): Path =>
  [...field.replace(/^input\.?/, '').matchAll(/([^.[\]]+)/g)].map(([part]) =>
    /^\d+$/.test(part) ? Number(part) : part,
  );

/** The API's error at its place in the file. */
function located(file: ConfigurationFile, { path }: Step, error: unknown): unknown {
  if (!(error instanceof EverhookError) || path === null) return error;
  // Its field is of another call than the file's: a rotation's id.
  if (error.code === 'CONFLICT') return new CliError(file.sentence(path, error.message), 1, error.field);
  if (error.code !== 'VALIDATION_FAILED') return error;
  return new CliError(file.sentence([...path, ...partsOf(error.field ?? '')], error.message), 1, error.field);
}

/**
 * Does the steps of a plan, in their order.
 *
 * @param done - called after each
 * @throws ApplyFailed
 */
export async function perform(
  { steps, unseen }: Plan,
  file: ConfigurationFile,
  doing: Doing,
  done: (step: Step) => void,
): Promise<void> {
  const made: Step[] = [];
  const all = [...steps, ...unseen];
  for (const [index, step] of all.entries()) {
    try {
      if ((await step.run(doing)) === false) continue;
    } catch (error) {
      throw new ApplyFailed(made, step, all.slice(index + 1), located(file, step, error));
    }
    made.push(step);
    done(step);
  }
}
