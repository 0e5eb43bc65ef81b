#!/usr/bin/env node
import { createProgram } from './program.ts';
import { report } from './report.ts';
import { endWithReader } from './terminal/output.ts';

endWithReader();
const json = process.argv.includes('--json');
try {
  await createProgram(json).parseAsync();
} catch (error) {
  process.exitCode = report(error, json);
}
