// node check-examples.mjs [SCHEMA]: every example must be a valid operation of the schema, begin with a comment,
// be named as no other is, and be one of the tabs of src/examples.js.
import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const here = new URL('.', import.meta.url);
const schema = buildSchema(readFileSync(process.argv[2] ?? new URL('../../schema.graphql', here), 'utf8'));
const tabs = readFileSync(new URL('src/examples.js', here), 'utf8');
const files = readdirSync(new URL('examples/', here)).filter((file) => file.endsWith('.graphql')).sort();
const names = new Set();
let failed = 0;

for (const file of files) {
  const text = readFileSync(new URL(`examples/${file}`, here), 'utf8');
  const problems = [];
  try {
    const document = parse(text);
    problems.push(...validate(schema, document).map((error) => error.message));
    const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition');
    const name = operations[0]?.name?.value;
    if (operations.length !== 1 || !name) problems.push('there must be one operation, with a name: the tab takes it as its title');
    else if (names.has(name)) problems.push(`another example is named ${name} too`);
    names.add(name);
  } catch (error) {
    problems.push(error.message);
  }
  if (!text.startsWith('# ')) problems.push('it must begin with a comment that says what it shows');
  if (!tabs.includes(`'../examples/${file}'`)) problems.push('src/examples.js has no tab for it');
  for (const problem of problems) console.log(`FAIL ${file}: ${problem}`);
  if (problems.length > 0) failed += 1;
}

console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
