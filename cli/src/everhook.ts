#!/usr/bin/env node
import { createProgram } from './program.ts';
import { report } from './report.ts';
import { endQuietlyWithReader } from './terminal/output.ts';

endQuietlyWithReader();
const json = process.argv.includes('--json');
try {
  await createProgram(json).parseAsync();
} catch (error) {
  process.exitCode = report(error, json);
}
