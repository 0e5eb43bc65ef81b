import type { Command } from 'commander';
import { type Desired, readDesired } from '../apply/desired.ts';
import { type Plan, planOf } from '../apply/plan.ts';
import { readPresent } from '../apply/present.ts';
import { compareSecrets } from '../apply/secrets.ts';
import { planJson, sayPlan } from '../apply/show.ts';
import { CliError } from '../exit/codes.ts';
import { type Connection, type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { sayJson } from '../terminal/output.ts';

export interface FileOptions extends ConnectionOptions {
  readonly file: string;
  readonly prune?: true;
}

export const withFile = (command: Command): Command =>
  command
    .option('-f, --file <file>', 'the configuration', 'everhook.yaml')
    .option('--prune', 'also takes away what the file does not have: webhooks, types (archived), projects');

/** What the file wants, and what has to be done for it. */
export async function readPlan(
  connection: Connection,
  { file, prune }: FileOptions,
): Promise<{ readonly desired: Desired; readonly plan: Plan }> {
  const desired = await readDesired(file);
  const named = new Set(desired.projects.map(({ externalId }) => externalId));
  const present = await readPresent(connection, desired, named);
  const secrets = await compareSecrets(connection.everhook, desired, present);
  return { desired, plan: planOf(desired, present, secrets, prune === true) };
}

/** `everhook plan`: what apply would do, and what drifted. */
export function plan(program: Command): void {
  const command = program
    .command('plan')
    .description('what `apply` would do, and what differs from the file; nothing is changed')
    .option('--check', 'ends with 1 where something differs, for CI');
  connected(withFile(command))
    .addHelpText('after', '\nExample:\n  everhook plan -f everhook.yaml --check')
    .action((options: FileOptions & { readonly check?: true }) =>
      withEverhook(options, async (connection) => {
        const { plan } = await readPlan(connection, options);
        if (options.json) sayJson(planJson(plan));
        else sayPlan(plan);
        if (options.check && plan.steps.length > 0) throw new CliError('The product differs from the file.');
      }),
    );
}
