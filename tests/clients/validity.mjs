// node validity.mjs http://127.0.0.1:PORT FOLDER [COUNT] [SEED]
//
// Documents made at random from the schema, and most of them broken at random, are refused as invalid by the server exactly where
// graphql-js, the reference implementation, finds them invalid.
import {
  Kind,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  print,
  validate,
  visit,
} from 'graphql';
import { check, done, parameters } from './report.mjs';
import { served } from './schema.mjs';

const { address } = parameters();
const COUNT = Number(process.argv[4] ?? 1500);
const SEED = Number(process.argv[5] ?? 1);

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const chance = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

const schema = await served(address);
const types = Object.values(schema.getTypeMap());
const composites = types.filter((type) => isCompositeType(type) && !type.name.startsWith('__'));

/** A document in the making: valid, but that fields may come together under one key that do not fit. */
class Maker {
  constructor(random) {
    this.random = random;
    this.variables = new Map();
    this.fragments = [];
    this.left = 40;
  }

  under(most) {
    return Math.floor(this.random() * most);
  }

  pick(list) {
    return list[this.under(list.length)];
  }

  one(share) {
    return this.random() < share;
  }

  document() {
    const selection = this.selection(schema.getQueryType(), 0);
    const variables = [...this.variables].map(([name, { type, initial }]) => `$${name}: ${type}${initial}`);
    const head = variables.length > 0 ? `query Q(${variables.join(', ')})` : this.pick(['query Q', 'query', '']);
    return `${head} ${selection}\n${this.fragments.map(({ text }) => text).join('\n')}`;
  }

  selection(type, depth) {
    const items = [];
    for (let count = 1 + this.under(4); count > 0; count -= 1) items.push(this.item(type, depth));
    return `{ ${items.join(' ')} }`;
  }

  item(type, depth) {
    this.left -= 1;
    if (this.one(0.12) && depth < 6) return this.fragment(type, depth);
    const fields = Object.values(type.getFields?.() ?? {});
    const leaf = (field) => !isCompositeType(getNamedType(field.type));
    const fitting = depth > 4 || this.left < 0 ? fields.filter(leaf) : fields;
    if (fitting.length === 0 || this.one(0.05)) return `${this.alias()}__typename${this.directives()}`;
    const field = this.pick(fitting);
    const inner = leaf(field) ? '' : ` ${this.selection(getNamedType(field.type), depth + 1)}`;
    return `${this.alias()}${field.name}${this.args(field.args, isRequiredArgument)}${this.directives()}${inner}`;
  }

  alias() {
    return this.one(0.15) ? `${this.pick(['a', 'b', 'id', 'name'])}: ` : '';
  }

  directives() {
    if (!this.one(0.06)) return '';
    const condition = this.one(0.5) ? 'true' : this.variable('Boolean!', 'Boolean');
    return ` @${this.pick(['skip', 'include'])}(if: ${condition})`;
  }

  fragment(type, depth) {
    const possible = (one) => (isAbstractType(one) ? schema.getPossibleTypes(one) : [one]);
    const overlaps = (one) => possible(one).some((object) => possible(type).includes(object));
    const condition = this.one(0.3) ? type : this.pick(composites.filter(overlaps).concat(type));
    if (this.one(0.4)) {
      const on = condition === type && this.one(0.5) ? '' : ` on ${condition.name}`;
      return `...${on}${this.directives()} ${this.selection(condition, depth + 1)}`;
    }
    const known = this.fragments.filter((fragment) => overlaps(fragment.condition) && fragment.text);
    if (known.length > 0 && this.one(0.4)) return `...${this.pick(known).name}`;
    const fragment = { name: `F${this.fragments.length}`, condition, text: '' };
    this.fragments.push(fragment);
    fragment.text = `fragment ${fragment.name} on ${condition.name} ${this.selection(condition, depth + 1)}`;
    return `...${fragment.name}${this.directives()}`;
  }

  args(args, required) {
    const given = args.filter((arg) => required(arg) || this.one(0.15));
    if (given.length === 0) return '';
    return `(${given.map((arg) => `${arg.name}: ${this.value(arg.type, 0)}`).join(', ')})`;
  }

  variable(type, named) {
    const name = `v${this.variables.size}${named.replace(/\W/g, '')}`;
    this.variables.set(name, { type, initial: '' });
    return `$${name}`;
  }

  value(type, depth) {
    if (this.one(0.15)) return this.variable(String(type), String(getNamedType(type)));
    if (isNonNullType(type)) return this.value(type.ofType, depth);
    if (this.one(0.04) && !isNonNullType(type)) return 'null';
    if (isListType(type)) {
      if (this.one(0.2)) return this.value(type.ofType, depth);
      return `[${Array.from({ length: this.under(3) }, () => this.inner(type.ofType, depth)).join(', ')}]`;
    }
    return this.inner(type, depth);
  }

  inner(type, depth) {
    const named = getNullableType(type);
    if (isListType(named)) return this.value(named, depth);
    if (isEnumType(named)) return this.pick(named.getValues()).name;
    if (isInputObjectType(named)) {
      const fields = Object.values(named.getFields());
      const given = fields.filter((field) => isRequiredInputField(field) || (depth < 2 && this.one(0.1)));
      return `{ ${given.map((field) => `${field.name}: ${this.inner(field.type, depth + 1)}`).join(', ')} }`;
    }
    const examples = { Int: '3', Float: '1.5', Boolean: 'true', ID: '"QWdyZWVtZW50OjE="', Date: '"2009-10-02"', DateTime: '"2020-01-01T00:00:00Z"' };
    return examples[named.name] ?? '"x"';
  }
}

/** One way to break a document that was parsed: some node that fits is replaced by what `change` gives for it. */
const changed = (kind, change) => (ast, maker) => {
  const fitting = [];
  visit(ast, { [kind]: (node) => void fitting.push(node) });
  if (fitting.length === 0) return ast;
  const chosen = maker.pick(fitting);
  return visit(ast, { [kind]: (node) => (node === chosen ? change(node, maker) : undefined) });
};
const named = (value) => ({ kind: Kind.NAME, value });
const literals = () => ['1', '1.5', '"x"', 'true', 'null', 'FR', 'NONSENSE', '[]', '[1]', '{ a: 1 }', '{ slugs: [1] }', '$nowhere'];
const literal = (maker) => parse(`{ f(a: ${maker.pick(literals())}) }`).definitions[0].selectionSet.selections[0].arguments[0].value;
const selections = (text) => parse(text).definitions[0].selectionSet;
const MUTATIONS = [
  changed('Field', (field, maker) => ({ ...field, name: named(maker.pick(['nothing', 'id', 'slug', 'name', 'nodes', 'title'])) })),
  changed('Field', (field, maker) => ({ ...field, alias: named(maker.pick(['a', 'id', 'name', 'nodes', 'title'])) })),
  changed('Field', (field) => ({ ...field, selectionSet: field.selectionSet ? undefined : selections('{ x }') })),
  changed('Field', (field) => ({ ...field, arguments: field.arguments.slice(1) })),
  changed('Field', (field) => ({ ...field, arguments: [...field.arguments, ...field.arguments] })),
  changed('Field', (field, maker) => ({ ...field, directives: parse(`{ f ${maker.pick(['@skip', '@nothing', '@include(if: 1)', '@skip(if: true) @skip(if: true)', '@include(if: true, unless: true)', '@deprecated', '@include(if: $nowhere)'])} }`).definitions[0].selectionSet.selections[0].directives })),
  changed('Argument', (argument, maker) => ({ ...argument, name: named(maker.pick(['nothing', 'first', 'slug', 'filter'])) })),
  changed('Argument', (argument, maker) => ({ ...argument, value: literal(maker) })),
  changed('ObjectField', (field, maker) => ({ ...field, value: literal(maker) })),
  changed('ObjectField', (field, maker) => ({ ...field, name: named(maker.pick(['nothing', 'slugs', 'and', 'from'])) })),
  changed('InlineFragment', (fragment, maker) => ({ ...fragment, typeCondition: { kind: Kind.NAMED_TYPE, name: named(maker.pick([...types.map(({ name }) => name), 'Nothing'])) } })),
  changed('FragmentDefinition', (fragment, maker) => ({ ...fragment, typeCondition: { kind: Kind.NAMED_TYPE, name: named(maker.pick([...types.map(({ name }) => name), 'Nothing'])) } })),
  changed('FragmentDefinition', (fragment) => ({ ...fragment, name: named('F0') })),
  changed('FragmentSpread', (spread, maker) => ({ ...spread, name: named(maker.pick(['F0', 'F1', 'Nowhere'])) })),
  changed('VariableDefinition', (definition, maker) => ({ ...definition, type: parse(`query ($v: ${maker.pick(['Int', 'String', '[String!]', 'Boolean', 'Agreement', 'Nothing', 'AgreementFilter', 'ID!', 'Language'])}) { f }`).definitions[0].variableDefinitions[0].type })),
  changed('VariableDefinition', (definition, maker) => ({ ...definition, defaultValue: parse(`query ($v: Int = ${maker.pick(['1', '"x"', 'true', 'null', 'FR', '[]', '{}'])}) { f }`).definitions[0].variableDefinitions[0].defaultValue })),
  changed('OperationDefinition', (operation) => ({ ...operation, variableDefinitions: [...(operation.variableDefinitions ?? []), ...parse('query ($unused: Int) { f }').definitions[0].variableDefinitions] })),
  changed('OperationDefinition', (operation) => ({ ...operation, variableDefinitions: [...(operation.variableDefinitions ?? []), ...(operation.variableDefinitions ?? []).slice(0, 1)] })),
  changed('OperationDefinition', (operation, maker) => ({ ...operation, directives: parse(`query @${maker.pick(['skip(if: true)', 'nothing', 'deprecated'])} { f }`).definitions[0].directives })),
  (ast, maker) => ({ ...ast, definitions: [...ast.definitions, ...parse(maker.pick(['fragment Unused on Agreement { id }', 'query Q { __typename }', '{ __typename }', 'fragment Loop on Agreement { ...Loop }', 'query Other { __typename }', 'type A { b: Int }', 'extend type Agreement { b: Int }'])).definitions] }),
  // Nothing: what was made may be invalid by its keys alone.
  (ast) => ast,
];

/** The codes with which the server refuses a document, if it does. */
const told = async (query) => {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, operationName: query.includes('Other') ? 'Q' : undefined }),
  });
  const { errors } = await response.json();
  return (errors ?? []).map(({ message, extensions }) => ({ message, code: extensions?.code }));
};

let invalid = 0;
const differing = [];
for (let number = 0; number < COUNT; number += 1) {
  const maker = new Maker(chance(SEED * 1_000_003 + number));
  let ast = parse(maker.document());
  for (let changes = maker.under(3); changes > 0; changes -= 1) ast = maker.pick(MUTATIONS)(ast, maker);
  const text = print(ast);
  const wrong = validate(schema, parse(text));
  const refusals = await told(text);
  // That there is one operation, or fragment, of a name and nothing but these, the parser sees to.
  const refused = refusals.some(({ code }) => ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'].includes(code));
  // Too much is refused before it is looked at more closely.
  if (refusals.some(({ code }) => code?.startsWith('QUERY_TOO_'))) continue;
  invalid += wrong.length > 0 ? 1 : 0;
  if (refused !== wrong.length > 0) {
    const said = refused ? refusals : [...wrong, ...refusals];
    differing.push(`${number}: ${refused ? 'refused, and valid' : 'taken, and invalid'}: ${said.map(({ message }) => message).join(' | ')}\n${text}`);
  }
}
check('some are valid', invalid < COUNT * 0.8 ? undefined : [`${invalid} of ${COUNT} are invalid`]);
check('some are invalid', invalid > COUNT * 0.2 ? undefined : [`${invalid} of ${COUNT} are invalid`]);
check('the server refuses what graphql-js refuses', differing);
done();
