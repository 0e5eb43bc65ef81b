#!/usr/bin/env node
import { createProgram } from './program.ts';
import { endWithReader } from './terminal/output.ts';

endWithReader();
const json = process.argv.includes('--json');
try {
  await (await createProgram(json, process.argv.slice(2))).parseAsync();
} catch (error) {
  const { report } = await import('./report.ts');
  process.exitCode = report(error, json);
}
