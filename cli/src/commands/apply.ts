import type { Command } from 'commander';
import { ApplyFailed, perform } from '../apply/perform.ts';
import type { Step } from '../apply/plan.ts';
import { planJson, sayPlan, stepText } from '../apply/show.ts';
import { confirm } from '../settings/confirm.ts';
import { connected, withEverhook } from '../settings/connection.ts';
import { say, sayJson, tell } from '../terminal/output.ts';
import { type FileOptions, readPlan, withFile } from './plan.ts';

const namesOf = (steps: readonly Step[]) => steps.map(({ verb, kind, name }) => ({ verb, kind, name }));

const takesAway = ({ verb }: Step): boolean => verb === 'delete' || verb === 'archive';

/** `everhook apply`: makes the product have what a file says. */
export function apply(program: Command): void {
  const command = program
    .command('apply')
    .description('makes types, projects, webhooks and themes as a file says; doing it again changes nothing')
    .option('--yes', 'asks nothing');
  connected(withFile(command))
    .addHelpText(
      'after',
      `
Examples:
  everhook plan && everhook apply
  everhook apply -f everhook.yaml --prune --yes`,
    )
    .action((options: FileOptions) =>
      withEverhook(options, async (connection) => {
        const { desired, plan } = await readPlan(connection, options);
        if (!options.json) sayPlan(plan);
        if (plan.steps.length + plan.unseen.length === 0) {
          if (options.json) sayJson({ ...planJson(plan), done: [] });
          return;
        }
        const away = plan.steps.filter(takesAway).length;
        const what = away > 0 ? `${away} of these take something away.` : 'Applies these changes.';
        await confirm(options, connection, what, { always: away > 0 });
        const made: Step[] = [];
        const doing = { everhook: connection.everhook, projectIds: new Map<string, string>() };
        try {
          await perform(plan, desired.file, doing, (step) => {
            made.push(step);
            if (!options.json) say(`done: ${stepText(step)}${step.isUnseen ? ' (what the product never shows)' : ''}`);
          });
          if (options.json) sayJson({ ...planJson(plan), done: namesOf(made) });
        } catch (error) {
          if (!(error instanceof ApplyFailed)) throw error;
          const { done, failed, left, reason } = error;
          if (options.json) {
            sayJson({ ...planJson(plan), done: namesOf(done), failed: namesOf([failed])[0], left: namesOf(left) });
          } else {
            tell(
              `${done.length} done, 1 failed (${stepText(failed)}), ${left.length} not tried. Mend it and apply again: what is done stays.`,
            );
          }
          throw reason;
        }
      }),
    );
}
