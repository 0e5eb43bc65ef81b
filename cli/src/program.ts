import { Command } from 'commander';
import { apply } from './commands/apply.ts';
import { context } from './commands/context.ts';
import { deliveries } from './commands/deliveries.ts';
import { doctor } from './commands/doctor.ts';
import { events } from './commands/events.ts';
import { exportConfiguration } from './commands/export.ts';
import { generate } from './commands/generate.ts';
import { importTypes } from './commands/import.ts';
import { listen } from './commands/listen.ts';
import { loginCommand } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { plan } from './commands/plan.ts';
import { recover } from './commands/recover.ts';
import { replay } from './commands/replay.ts';
import { retry } from './commands/retry.ts';
import { showOne } from './commands/show.ts';
import { start } from './commands/start.ts';
import { tail } from './commands/tail.ts';
import { trigger } from './commands/trigger.ts';
import { whoami } from './commands/whoami.ts';
import { addCompletions } from './completion/completions.ts';
import { exitCodes } from './exit/codes.ts';
import { cliVersion } from './ownVersion.ts';
import { plainLines, say } from './terminal/output.ts';

/** In the order of the help. */
const commands = [
  loginCommand,
  logout,
  whoami,
  context,
  listen,
  trigger,
  tail,
  events,
  deliveries,
  showOne,
  replay,
  retry,
  recover,
  plan,
  apply,
  exportConfiguration,
  importTypes,
  generate,
  start,
  doctor,
];

function sayExitCodes(): void {
  for (const { code, text } of Object.values(exitCodes)) say(`${String(code).padStart(3)}  ${text}`);
}

/**
 * The whole command line. It throws where it would exit, so that every end goes through one place.
 *
 * @param json - errors are JSON, which that place writes
 */
export function createProgram(json: boolean): Command {
  const program = new Command('everhook')
    .description('Webhooks: publish, listen on your own machine, see and mend what was delivered.')
    .version(cliVersion, '--version', 'the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Settings: EVERHOOK_URL, EVERHOOK_KEY and EVERHOOK_PROJECT win over the context in use.
\`everhook help <command>\` has examples; \`everhook help exit-codes\` says how commands end.
Completions: everhook completion bash|zsh|fish`,
    )
    .configureOutput({ outputError: (text, write) => json || write(plainLines(text)) })
    .exitOverride();
  for (const add of commands) add(program);
  program
    .command('help')
    .description('about a command, or `exit-codes`')
    .argument('[topic...]')
    .action((topic: readonly string[]) => {
      if (topic[0] === 'exit-codes') return sayExitCodes();
      let about = program;
      for (const name of topic) {
        const next = about.commands.find((each) => each.name() === name);
        if (next === undefined)
          program.error(`error: There is no command "${topic.join(' ')}". \`everhook help\` lists all.`);
        else about = next;
      }
      about.outputHelp();
    });
  addCompletions(program);
  return program;
}
