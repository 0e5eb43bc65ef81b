import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { pack } from '../support/packed.ts';
import { type Shell, shellInTerminal } from '../support/shellInTerminal.ts';
import { userShell } from '../support/userShell.ts';

/** What the page promises. */
const fiveMinutes = 300_000;
/** For a line that the page shows, whatever comes before it. */
const lineMs = 120_000;

/**
 * A code block of the page. Behind its language stands where it belongs: a file's name, or a terminal. A terminal's `sh` is typed, its `text` is
 * what shows then, where `…` is anything, `<words>` what is the user's own, and `⏎` the end of what the user types.
 */
interface Block {
  readonly language: string;
  readonly place: string;
  readonly text: string;
}

const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language = '', place = '', text = '']) => ({
    ...{ language, place },
    text: text.trimEnd(),
  }));

let folder: string;
let project: string;
const terminals = new Map<string, Shell>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook tutorial '));
  project = join(folder, 'my first events');
  await mkdir(project);
  await pack(project, 'everhook', '@everhook/sdk', '@everhook/server');
});
afterAll(async () => {
  await Promise.all([...terminals.values()].map((terminal) => terminal.close()));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

it('the tutorial leads from an empty folder to a verified event in five minutes, as it is written', async () => {
  const begun = performance.now();
  // Tests run beside each other: only the two ports are not those of the page.
  const [port, own] = (await freePorts([0, 0])) as [number, number];
  const page = (await readFile(join(packageRoot, 'docs/tutorial.md'), 'utf8'))
    .replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`)
    .replaceAll('localhost:3000', `localhost:${own}`)
    .replaceAll('listen(3000,', `listen(${own},`);
  const env = {
    ...userShell(),
    ...{
      npm_config_prefer_offline: 'true',
      XDG_CONFIG_HOME: join(folder, 'config'),
      PORT: String(port),
      EVERHOOK_URL: `http://127.0.0.1:${port}`,
    },
  };
  const terminal = (name: string): Shell => {
    const known = terminals.get(name) ?? shellInTerminal(project, env);
    terminals.set(name, known);
    return known;
  };

  const users = new Map<string, string>();
  const filled = (text: string) => text.replace(/<[a-z ]+>/g, (name) => users.get(name) ?? name);
  /** Waits for a line of the page, and learns what is the user's own in it. */
  async function awaitLine(shell: Shell, line: string): Promise<void> {
    const names: string[] = [];
    const pattern = escaped(filled(line))
      .replace(/<[a-z ]+>/g, (name) => {
        names.push(name);
        return '(\\S+)(?=\\s)';
      })
      .replaceAll('…', '.*')
      .replace(/ +/g, ' +');
    const found = await shell.shows(new RegExp(pattern), lineMs);
    for (const [index, name] of names.entries()) users.set(name, found[index + 1] as string);
  }

  let blocks = 0;
  for (const { language, place, text } of blocksOf(page)) {
    blocks++;
    if (!place.startsWith('terminal-')) await writeFile(join(project, place), `${text}\n`);
    else if (language === 'sh') terminal(place).enter(filled(text));
    else {
      for (const line of text.split('\n').map((each) => each.trim())) {
        const [, prompt = '', typed = ''] = /^(.*: )([^:]*)⏎$/.exec(line) ?? [];
        if (line === '^C') terminal(place).type('\x03');
        else if (prompt !== '') {
          await awaitLine(terminal(place), prompt.trimEnd());
          terminal(place).type(`${filled(typed.trim())}\r`);
        } else await awaitLine(terminal(place), line);
      }
    }
  }
  expect(blocks).toBeGreaterThan(15);
  expect(performance.now() - begun).toBeLessThan(fiveMinutes);
  // What it leaves is where the page says.
  expect((await readdir(project)).filter((name) => name.startsWith('.'))).toEqual(['.everhook']);
}, 400_000);
