// The results of `.ci/run`. `report.mjs <folder>` prints each part's counts, and at the end, where a reader finds them at once, all
// failed tests with their messages. `report.mjs --failed <file>` prints the test files that failed, one on each line.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const results = (path) => JSON.parse(read(path) || '{}');
const failedFiles = ({ testResults = [] }) =>
  testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative(process.cwd(), name));

/** Each failed test of a report as lines: its file, its name, and the first lines of its message. */
function failures({ testResults = [] }) {
  const lines = [];
  for (const { name, status, message, assertionResults } of testResults) {
    if (status !== 'failed') continue;
    const failed = assertionResults.filter((each) => each.status === 'failed');
    // A file that could not be loaded, or whose set-up failed, has no failed test.
    if (failed.length === 0) lines.push(`  ${relative(process.cwd(), name)}: ${message}`);
    for (const { fullName, failureMessages } of failed) {
      const why = failureMessages.join('\n').split('\n').slice(0, 12).join('\n    ');
      lines.push(`  ${relative(process.cwd(), name)} › ${fullName}\n    ${why}`);
    }
  }
  return lines;
}

/** Errors that Vitest printed outside any test, or else the end of the output. */
function outside(text) {
  const lines = stripVTControlCharacters(text).trimEnd().split('\n');
  const start = lines.findIndex((line) => line.includes('Unhandled Error'));
  return (start < 0 ? lines.slice(-20) : lines.slice(start, start + 40)).map((line) => `  ${line}`);
}

function report(folder) {
  const named = [];
  let passed = 0;
  let failed = 0;
  for (const line of read(`${folder}/codes.txt`).trim().split('\n')) {
    const [name, code, seconds] = line.split(' ');
    let [good, bad] = [0, 0];
    if (name === 'check') {
      const lines = read(`${folder}/check.txt`).split('\n');
      good = lines.filter((each) => each.startsWith('✓ ')).length;
      bad = new Set(lines.filter((each) => each.startsWith('✗ '))).size;
    } else if (name.endsWith('-demo')) {
      good = code === '0' ? 1 : 0;
    } else {
      const first = results(`${folder}/${name}.json`);
      const again = results(`${folder}/${name}-again.json`);
      const { numPassedTests = 0, numFailedTests = 0, numFailedTestSuites = 0 } = first;
      // A file that could not be loaded has failed, although none of its tests did.
      [good, bad] = [numPassedTests, numFailedTests || (code === '0' ? 0 : numFailedTestSuites)];
      if (bad > 0) named.push(`${name}:`, ...failures(first));
      else if (code !== '0') named.push(`${name} ended with ${code}:`, ...outside(read(`${folder}/${name}.txt`)));
      if (bad > 0 && code === '0') {
        named.push('  All of these passed when they ran alone.');
        [good, bad] = [good + bad, 0];
      } else if (again.numFailedTests > 0) {
        named.push('  These failed again when they ran alone:', ...failures(again));
      }
    }
    // An interrupted run has failed.
    if (code !== '0') bad = Math.max(1, bad);
    console.log(`${bad === 0 ? '✓' : '✗'} ${name}: ${good} passed, ${bad} failed, ${seconds} s`);
    passed += good;
    failed += bad;
  }
  if (named.length > 0) console.log(`\nFailed\n${named.join('\n')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0;
}

const [first, second] = process.argv.slice(2);
if (first === '--failed') {
  for (const file of failedFiles(results(second))) console.log(file);
} else if (!report(first)) {
  process.exitCode = 1;
}
