// node typescript.mjs http://127.0.0.1:PORT FOLDER
//
// graphql-codegen's client preset types every operation that can be derived from the schema, GraphiQL's examples and
// a small app; `tsc --strict` accepts what it wrote. The app runs, and the derived queries are answered as typed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { isScalarType, isSpecifiedScalarType, parse, printSchema, validate } from 'graphql';
import { breaches } from './conforms.mjs';
import { found } from './found.mjs';
import { operations, unasked } from './operations.mjs';
import { check, done, parameters } from './report.mjs';
import { ask, served } from './schema.mjs';
import { examples } from './values.mjs';

const { address, folder } = parameters();
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const schema = await served(address);
const all = operations(schema);
check('everything is asked for', unasked(schema, all));

/** Runs a package's program in the folder, with Node. */
const run = (program, ...args) => {
  const ran = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' });
  return ran.status !== 0 && stripVTControlCharacters(`${ran.error ?? ''}${ran.stdout}${ran.stderr}`).trim();
};
const bin = (name, command = name) => {
  const description = require.resolve(`${name}/package.json`);
  return join(dirname(description), JSON.parse(readFileSync(description, 'utf8')).bin[command]);
};

// Types -------------------------------------------------------------------------------------------------------------

symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
mkdirSync(join(folder, 'src', 'queries'), { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
writeFileSync(join(folder, 'schema.graphql'), printSchema(schema));
copyFileSync(join(here, 'app.ts'), join(folder, 'src', 'app.ts'));
for (const { name, text } of all) {
  const problems = validate(schema, parse(text)).map((error) => error.message);
  check(`${name} is valid`, problems);
  writeFileSync(join(folder, 'src', 'queries', `${name}.graphql`), text);
}
const tabs = join(here, '..', '..', 'web', 'graphiql', 'examples');
for (const file of readdirSync(tabs)) {
  copyFileSync(join(tabs, file), join(folder, 'src', 'queries', `example-${file}`));
}
// All scalars of the registry are texts in JSON.
const scalars = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
const codegen = {
  schema: 'schema.graphql',
  documents: ['src/**/*.graphql', 'src/app.ts'],
  generates: {
    'src/gql/': {
      preset: 'client',
      config: {
        strictScalars: true,
        scalars: Object.fromEntries(scalars.map((type) => [type.name, 'string'])),
        enumsAsTypes: true,
        useTypeImports: true,
        nonOptionalTypename: true,
      },
    },
  },
  emitLegacyCommonJSImports: false,
};
writeFileSync(join(folder, 'codegen.json'), JSON.stringify(codegen));
const generated = check(
  `graphql-codegen types ${all.length} operations, the examples and the app`,
  run(bin('@graphql-codegen/cli', 'graphql-codegen'), '--config', 'codegen.json'),
);
if (generated) {
  const types = readFileSync(join(folder, 'src', 'gql', 'graphql.ts'), 'utf8');
  check('nothing is `any`', types.match(/\b\w+\??: any\b/g));
  const options = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck'];
  const target = ['--target', 'es2022', '--module', 'nodenext', '--outDir', 'built', '--noEmitOnError'];
  const files = ['src/app.ts', 'src/gql/index.ts'];
  const compiled = check('tsc --strict takes it', run(bin('typescript', 'tsc'), ...options, ...target, ...files));
  if (compiled) check('the app runs', run(join('built', 'app.js'), `${address}/graphql`));
}

// Answers -----------------------------------------------------------------------------------------------------------

const { ids, slugs } = await found(schema, address);
/** The variables to send: `type` is what the operation looks for. */
const values = (operation, type) => {
  const given = { ...examples(operation), first: 3 };
  for (const [name, { arg }] of operation.variables) {
    if (arg.name === 'id') [given[name]] = ids.get(type) ?? [...ids.values()].flat();
    if (arg.name === 'ids') given[name] = [...ids.values()].flat().slice(0, 20);
    if (arg.name === 'slug') [given[name]] = slugs.get(type) ?? [];
  }
  return given;
};
for (const operation of all.filter(({ kind }) => kind === 'query')) {
  const { name, text, root, entity } = operation;
  const type = entity?.name ?? root.type.name;
  const { data, errors } = await ask(address, text, values(operation, type));
  if (!check(`${name} is answered`, errors?.map((error) => JSON.stringify(error)))) continue;
  check(`${name} is answered as it is typed`, breaches(schema, text, data));
  const looksUp = entity || root.args.some((arg) => arg.name === 'id' || arg.name === 'slug');
  const [value] = Object.values(data);
  check(`${name} finds something`, looksUp && value === null && `no ${type} in ${JSON.stringify(data)}`);
}
done();
