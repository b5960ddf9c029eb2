// Prints what the test runner counted, names what was skipped, and fails when nothing ran or something failed.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ file: file.name, ...test })),
);
const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
const skipped = tests.filter(({ status }) => ['skipped', 'pending', 'todo', 'disabled'].includes(status));
for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
);
for (const { name, message } of brokenFiles) console.log(`could not run: ${name}: ${message}`);
const failed = count('failed') + brokenFiles.length;
console.log(`${count('passed')} passed, ${failed} failed, ${skipped.length} skipped`);
if (failed > 0 || count('passed') === 0) process.exitCode = 1;
