// node readme-examples.mjs README.md http://127.0.0.1:PORT/
//
// Runs each command of the README that begins with `curl` and is followed by a JSON block, at the server given, and
// compares the answers. In the README's JSON, "…" as the last element of a list stands for any more, and at the end of a
// text for the rest of it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [file, address] = process.argv.slice(2);
const written = 'http://127.0.0.1:8080/';
const examples = /^```sh\n(curl [^]*?)^```\n\s*^```json\n([^]*?)^```$/gm;

/** The first place where the answer is not what is written, or undefined. */
const difference = (expected, actual, path = 'answer') => {
  const wrong = () => `${path}: written ${JSON.stringify(expected)}, answered ${JSON.stringify(actual)}`;
  if (typeof expected === 'string' && expected.endsWith('…')) {
    return typeof actual === 'string' && actual.startsWith(expected.slice(0, -1)) ? undefined : wrong();
  }
  if (typeof expected !== 'object' || expected === null) return expected === actual ? undefined : wrong();
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) return wrong();
  const open = Array.isArray(expected) && expected.at(-1) === '…';
  const known = open ? expected.slice(0, -1) : expected;
  const keys = Object.keys(known);
  const answered = open ? Object.keys(actual).slice(0, keys.length) : Object.keys(actual);
  if (answered.join() !== keys.join()) return wrong();
  for (const key of keys) {
    const found = difference(known[key], actual[key], `${path}.${key}`);
    if (found) return found;
  }
};

let passed = 0;
let failed = 0;
for (const [, command, json] of readFileSync(file, 'utf8').matchAll(examples)) {
  const run = spawnSync('bash', ['-c', command.replaceAll(written, address)], { encoding: 'utf8' });
  let problem = run.status === 0 ? undefined : `ended with ${run.status}: ${run.stderr}`;
  try {
    problem ??= difference(JSON.parse(json), JSON.parse(run.stdout));
  } catch (error) {
    problem = `${error.message}\n${run.stdout}`;
  }
  if (problem) {
    failed += 1;
    console.log(`FAIL\n${command}     ${problem}`);
  } else {
    passed += 1;
  }
}
console.log(`${passed} examples as written, ${failed} otherwise`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
