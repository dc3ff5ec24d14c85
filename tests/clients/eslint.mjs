// node eslint.mjs http://127.0.0.1:PORT FOLDER
//
// graphql-eslint's recommended rules for schemas and those for Relay, on what introspection tells.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { printSchema } from 'graphql';
import { check, done, parameters } from './report.mjs';
import { isValue, served } from './schema.mjs';

const { address, folder } = parameters();
const schema = await served(address);
const printed = printSchema(schema);
const file = join(folder, 'schema.graphql');
writeFileSync(file, printed);

const rules = {
  ...graphql.configs['flat/schema-recommended'].rules,
  ...graphql.configs['flat/schema-relay'].rules,
  // Only what can be found again has an identifier.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    { exceptions: { types: Object.values(schema.getTypeMap()).filter(isValue(schema)).map((type) => type.name) } },
  ],
  // Lists of values are lists: only elements of connections have edges.
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
};
const eslint = new ESLint({
  cwd: folder,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['*.graphql'],
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: file } } },
      plugins: { '@graphql-eslint': graphql },
      rules,
    },
  ],
});
const [{ messages }] = await eslint.lintText(printed, { filePath: file });
for (const rule of Object.keys(rules)) {
  check(
    rule,
    messages
      .filter((message) => message.ruleId === rule)
      .map((message) => `${file}:${message.line}: ${message.message}`),
  );
}
check(
  'it can be read',
  messages.filter((message) => !(message.ruleId in rules)).map((message) => message.message),
);
done();
