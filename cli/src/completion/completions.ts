import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { bashCompletion } from './bash.ts';

const name = 'completion';

/** `everhook completion <shell>`: a script for a shell, which asks `everhook complete` at each press of Tab. */
export function addCompletions(program: Command): void {
  const completions = tab(program, { completionCommandName: name });
  program.commands
    .find((command) => command.name() === name)
    ?.description('a script that completes commands and options in bash, zsh or fish')
    .action((shell: string) => {
      if (shell === 'bash') process.stdout.write(bashCompletion);
      else completions.setup(program.name(), program.name(), shell);
    });
}
