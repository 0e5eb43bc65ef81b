import { Command } from 'commander';
import { exitCodes } from './exit/codes.ts';
import { cliVersion } from './ownVersion.ts';
import { plainLines, say } from './terminal/output.ts';

type AddTo = (program: Command) => void;

/** In the order of the help. To load all of them takes longer than most of them run, so the one that is asked for is loaded alone. */
const commands = new Map<string, () => Promise<AddTo>>([
  ['login', async () => (await import('./commands/login.ts')).loginCommand],
  ['logout', async () => (await import('./commands/logout.ts')).logout],
  ['whoami', async () => (await import('./commands/whoami.ts')).whoami],
  ['context', async () => (await import('./commands/context.ts')).context],
  ['listen', async () => (await import('./commands/listen.ts')).listen],
  ['trigger', async () => (await import('./commands/trigger.ts')).trigger],
  ['tail', async () => (await import('./commands/tail.ts')).tail],
  ['events', async () => (await import('./commands/events.ts')).events],
  ['deliveries', async () => (await import('./commands/deliveries.ts')).deliveries],
  ['show', async () => (await import('./commands/show.ts')).showOne],
  ['replay', async () => (await import('./commands/replay.ts')).replay],
  ['retry', async () => (await import('./commands/retry.ts')).retry],
  ['recover', async () => (await import('./commands/recover.ts')).recover],
  ['plan', async () => (await import('./commands/plan.ts')).plan],
  ['apply', async () => (await import('./commands/apply.ts')).apply],
  ['export', async () => (await import('./commands/export.ts')).exportConfiguration],
  ['import', async () => (await import('./commands/import.ts')).importTypes],
  ['generate', async () => (await import('./commands/generate.ts')).generate],
  ['start', async () => (await import('./commands/start.ts')).start],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctor],
]);

function sayExitCodes(): void {
  for (const { code, text } of Object.values(exitCodes)) say(`${String(code).padStart(3)}  ${text}`);
}

/**
 * The command line: the whole of it, or the command that the arguments begin with. It throws where it would exit, so that every end
 * goes through one place.
 *
 * @param json - errors are JSON, which that place writes
 * @param args - what comes after the program's name
 */
export async function createProgram(json: boolean, args: readonly string[]): Promise<Command> {
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
  const asked = commands.get(args[0] ?? '');
  if (asked) {
    (await asked())(program);
    return program;
  }
  for (const add of await Promise.all([...commands.values()].map((load) => load()))) add(program);
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
  const { addCompletions } = await import('./completion/completions.ts');
  addCompletions(program);
  return program;
}
