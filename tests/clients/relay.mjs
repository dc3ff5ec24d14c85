// node relay.mjs http://127.0.0.1:PORT FOLDER
//
// Relay's compiler on a schema as it is served: every entity can be refetched, and every connection of an entity or of
// the query paged in both directions, with every argument. Then what Relay made of it is sent, as an app would.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { isInterfaceType, isLeafType, printSchema, getNamedType } from 'graphql';
import { found } from './found.mjs';
import { check, done, parameters } from './report.mjs';
import { ask, connections, elementOf, entities, isEntity, needsNothing, served } from './schema.mjs';
import { declared, example } from './values.mjs';

const { address, folder } = parameters();
const require = createRequire(import.meta.url);
const schema = await served(address);
const pages = ['first', 'after', 'last', 'before'];
const size = 2;

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const leaves = (type) =>
  Object.values(type.getFields())
    .filter((field) => isLeafType(getNamedType(field.type)) && needsNothing(field))
    .map((field) => field.name)
    .join(' ');

mkdirSync(join(folder, 'src'));
/** Each module with the operation that Relay makes of it. */
const modules = new Map();
const write = (name, about, fragment) => {
  modules.set(`${name}Query`, about);
  const text = `fragment ${name}_part on ${fragment(`@refetchable(queryName: "${name}Query")`)}`;
  const module = `const { graphql } = require('react-relay');\ngraphql\`${text}\`;\n`;
  writeFileSync(join(folder, 'src', `${name}.js`), module);
};

for (const type of entities(schema)) {
  write(type.name, { type }, (refetchable) => `${type.name} ${refetchable} { ${leaves(type)} }`);
}
for (const { parent, field, connection } of connections(schema)) {
  const isRoot = parent === schema.getQueryType();
  // Relay refetches from an entity or from the query alone; what an interface declares, its types have.
  if (isInterfaceType(parent) || !(isRoot || isEntity(parent))) continue;
  const others = field.args.filter((arg) => !pages.includes(arg.name));
  for (const [direction, count, cursor] of [['Forward', 'first', 'after'], ['Backward', 'last', 'before']]) {
    const name = `${parent.name}${capital(field.name)}${direction}`;
    const definitions = [
      `count: {type: "Int", defaultValue: ${size}}`,
      'cursor: {type: "String"}',
      ...others.map((arg) => declared(arg)),
    ];
    const args = [`${count}: $count`, `${cursor}: $cursor`, ...others.map((arg) => `${arg.name}: $${arg.name}`)];
    const key = `${name}_${field.name}`;
    write(
      name,
      { type: isRoot ? undefined : parent, field, others, direction },
      (refetchable) => `${parent.name} @argumentDefinitions(${definitions.join(', ')}) ${refetchable} {
  ${field.name}(${args.join(', ')}) @connection(key: "${key}") { edges { node { ${leaves(elementOf(connection))} } } }
}`,
    );
  }
}

writeFileSync(join(folder, 'schema.graphql'), printSchema(schema));
const config = { src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: false };
writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
const compiler = spawnSync(process.execPath, [require.resolve('relay-compiler/cli.js'), 'relay.config.json'], {
  cwd: folder,
  encoding: 'utf8',
});
const told = stripVTControlCharacters(`${compiler.error ?? ''}${compiler.stdout}${compiler.stderr}`);
check(`relay-compiler takes ${modules.size} fragments`, compiler.status !== 0 && told);

const { ids } = await found(schema, address);
let turned = 0;
for (const [name, { type, field, others, direction }] of modules) {
  const artifact = join(folder, 'src', '__generated__', `${name}.graphql.js`);
  if (!check(`Relay writes ${name}`, !existsSync(artifact) && 'there is no such artifact')) continue;
  const query = require(artifact).params.text;
  const variables = {};
  for (const arg of others ?? []) {
    const value = example(arg);
    if (value !== undefined) variables[arg.name] = value;
  }
  const known = type ? ids.get(type.name) : [undefined];
  if (!check(`${name} has something to ask for`, !known && `no list leads to a ${type.name}`)) continue;
  // An entity of which the list has more than a page, if there is one.
  for (const id of known) {
    const { data, errors } = await ask(address, query, { ...variables, id });
    if (!check(`${name} is answered`, errors && JSON.stringify(errors))) break;
    if (!field) {
      check(`${name} finds it again`, data.node?.id !== id && JSON.stringify(data));
      break;
    }
    const { edges, pageInfo } = (type ? data.node : data)[field.name];
    const backward = direction === 'Backward';
    const more = backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
    check(`${name} has a page`, edges.length > size && `${edges.length} elements, not ${size}`);
    if (!more) continue;
    turned += 1;
    const cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    const next = await ask(address, query, { ...variables, id, cursor });
    if (!check(`${name} turns the page`, next.errors && JSON.stringify(next.errors))) break;
    const second = (type ? next.data.node : next.data)[field.name].edges;
    const seen = new Set(edges.map((edge) => edge.cursor));
    const again = second.filter((edge) => seen.has(edge.cursor));
    check(`${name} goes on`, (second.length === 0 || again.length > 0) && JSON.stringify(second));
    break;
  }
}
check('pages were turned', turned < 20 && `only ${turned}`);
done();
