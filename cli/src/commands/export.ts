import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { readPresent } from '../apply/present.ts';
import { configurationOf } from '../exporting/configuration.ts';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { plain, tell } from '../terminal/output.ts';

interface Options extends ConnectionOptions {
  readonly out?: string;
}

/** `everhook export`: the present state as a file for `apply`. */
export function exportConfiguration(program: Command): void {
  connected(
    program
      .command('export')
      .description('the present types, projects, webhooks and themes as a file for `apply`, without secrets')
      .option('--out <file>', 'writes there in place of stdout'),
  )
    .addHelpText('after', '\nExample:\n  everhook export --out everhook.yaml')
    .action((options: Options) =>
      withEverhook(options, async ({ everhook, scope }) => {
        const { content, leftOut } = configurationOf(await readPresent(everhook, {}, scope));
        const text = options.json ? `${JSON.stringify(content, null, 2)}\n` : stringify(content);
        if (options.out === undefined) process.stdout.write(text);
        else await writeFile(options.out, text);
        for (const thing of leftOut) tell(`Left out, because it has no externalId: ${plain(thing)}`);
      }),
    );
}
