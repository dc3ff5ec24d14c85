// node validity.mjs http://127.0.0.1:PORT FOLDER [COUNT] [SEED]
//
// Documents made at random from the schema, and most of them broken at random, are refused as invalid by the server exactly where
// graphql-js, the reference implementation, finds them invalid. A table tells which of its rules were broken, and how often.
import {
  GraphQLNonNull,
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
  recommendedRules,
  specifiedRules,
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
// Of the types that describe a schema graphql-js goes by its own, of an older edition: `includeDeprecated` may be null there.
for (const type of types.filter(({ name }) => name.startsWith('__') && !name.endsWith('Kind') && !name.endsWith('Location'))) {
  for (const arg of Object.values(type.getFields()).flatMap((field) => field.args)) {
    if (arg.name === 'includeDeprecated') arg.type = new GraphQLNonNull(getNamedType(arg.type));
  }
}
/** The rules of the specification, without what graphql-js adds of its own. */
const rules = specifiedRules.filter((rule) => !recommendedRules.includes(rule));

/** A document in the making: valid, but that fields may come together under one key that do not fit. */
class Maker {
  constructor(random) {
    this.random = random;
    this.variables = new Map();
    this.fragments = [];
    this.left = 40;
    this.keys = 0;
    this.constant = false;
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
    if (depth === 0 && type === schema.getQueryType() && this.one(0.06)) return this.introspection();
    if (fitting.length === 0 || this.one(0.05)) return `${this.alias()}__typename${this.directives()}`;
    const field = this.pick(fitting);
    const inner = leaf(field) ? '' : ` ${this.selection(getNamedType(field.type), depth + 1)}`;
    return `${this.alias()}${field.name}${this.args(field.args, isRequiredArgument)}${this.directives()}${inner}`;
  }

  /** Fields about the schema, with arguments and variables like any other. */
  introspection() {
    if (this.one(0.3)) return `${this.alias()}__schema ${this.selection(schema.getType('__Schema'), 4)}`;
    const name = this.one(0.4) ? this.variable('String!', 'String') : '"Agreement"';
    return `${this.alias()}__type(name: ${name})${this.directives()} ${this.selection(schema.getType('__Type'), 3)}`;
  }

  alias() {
    if (this.one(0.05)) return `${this.pick(['a', 'b', 'id', 'name'])}: `;
    // Most under a key of their own, or what comes together would hide everything else.
    return this.one(0.7) ? `k${(this.keys += 1)}: ` : '';
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

  /** A variable for a place; some have a default. */
  variableOf(type) {
    const name = this.variable(String(type), String(getNamedType(type)));
    if (this.one(0.3)) {
      this.constant = true;
      this.variables.get(name.slice(1)).initial = ` = ${this.value(type, 1)}`;
      this.constant = false;
    }
    return name;
  }

  value(type, depth) {
    if (!this.constant && this.one(0.15)) return this.variableOf(type);
    if (isNonNullType(type)) return this.literal(type.ofType, depth);
    return this.one(0.04) ? 'null' : this.literal(type, depth);
  }

  literal(type, depth) {
    if (!isListType(type)) return this.inner(type, depth);
    if (this.one(0.2)) return this.literal(getNullableType(type.ofType), depth);
    return `[${Array.from({ length: this.under(3) }, () => this.value(type.ofType, depth)).join(', ')}]`;
  }

  inner(type, depth) {
    if (isEnumType(type)) return this.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const given = fields.filter((field) => isRequiredInputField(field) || (depth < 2 && this.one(0.15)));
      return `{ ${given.map((field) => `${field.name}: ${this.value(field.type, depth + 1)}`).join(', ')} }`;
    }
    if (type.name === 'String' && this.one(0.1)) return this.pick(['""" { a: 1, a: 2 } """', '"{ a: 1, a: \\"b"', '"""\\""" ("""']);
    const examples = { Int: '3', Float: '1.5', Boolean: 'true', ID: '"QWdyZWVtZW50OjE="', Date: '"2009-10-02"', DateTime: '"2020-01-01T00:00:00Z"' };
    return examples[type.name] ?? '"x"';
  }
}

/** One way to break a document that was parsed: some node that fits is replaced by what `change` gives for it. */
const changed = (kind, change) => (ast, maker) => {
  const fitting = [];
  visit(ast, { [kind]: (node) => void fitting.push(node) });
  if (fitting.length === 0) return ast;
  const chosen = maker.pick(fitting);
  return visit(ast, { [kind]: (node) => (node === chosen ? change(node, maker, ast) : undefined) });
};
const named = (value) => ({ kind: Kind.NAME, value });
const operation = (text) => parse(text).definitions[0];
const selections = (text) => operation(text).selectionSet;
const only = (text) => selections(text).selections[0];
const value = (text) => only(`{ f(a: ${text}) }`).arguments[0].value;

const LITERALS = [
  ...['1', '-1', '2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '9007199254740993'],
  ...['1.5', '1.0', '1e3', 'true', '"x"', '""', '"1"', '"TREATY"', '"""x"""', 'null', 'FR', 'TREATY', 'NONSENSE'],
  ...['[]', '[1]', '["x"]', '[null]', '[[]]', '[NONSENSE]', '[["x"]]', '[TREATY, null]', '$nowhere', '[$nowhere]'],
  ...['{}', '{ a: 1 }', '{ slugs: [1] }', '{ slugs: null }', '{ slugs: ["x"], slugs: ["y"] }', '[{ slugs: ["x"] }]', '{ field: DATE }'],
];
const literal = (maker) => value(maker.pick(LITERALS));
const anyType = (maker) => ({ kind: Kind.NAMED_TYPE, name: named(maker.pick([...types.map(({ name }) => name), 'Nothing'])) });
const DIRECTIVES = [
  ...['@skip', '@nothing', '@include(if: 1)', '@skip(if: null)', '@skip(if: "true")', '@skip(if: [true])', '@include(if: $nowhere)'],
  ...['@skip(if: true) @skip(if: true)', '@skip(if: false) @include(if: true)', '@include(if: true, unless: true)', '@include(if: true, if: true)'],
  ...['@deprecated', '@deprecated(reason: 1)', '@specifiedBy(url: "x")', '@oneOf', '@skip(if: { a: 1, a: 1 })', '@nothing @nothing'],
];
const directives = (maker) => only(`{ f ${maker.pick(DIRECTIVES)} }`).directives;
const definition = (ast) => ast.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
const MORE = [
  ...['fragment Unused on Agreement { id }', 'fragment Loop on Agreement { ...Loop }', 'fragment F0 on Query { __typename }'],
  ...['fragment One on Query { ...Two } fragment Two on Query { ... { ...One } }', 'query Other { ...F0 }', 'query Other { __typename }'],
  ...['query Q { __typename }', '{ __typename }', 'query Other($v: Int) { __typename }', 'query Other { regions(first: $v) { totalCount } }'],
  ...['subscription S { registryVersion }', 'subscription S { registryVersion a: registryVersion }', 'subscription S { __typename }'],
  ...['subscription S { a: registryVersion a: registryVersion }', 'subscription S { ...T } fragment T on Subscription { registryVersion b: registryVersion }'],
  ...['subscription S { nothing }', 'subscription S { registryVersion { x } }', 'subscription S($v: Int) { registryVersion }'],
  ...['query Other($v: Agreement) { ...F0 }', 'query Other($v: [Node!]) { regions(first: $v) { totalCount } }', 'query Other($v: [Nothing]) { regions(first: $v) { totalCount } }'],
  ...['type A { b: Int }', 'extend type Agreement { b: Int }', 'schema { query: Query }'],
];
const one = (list, maker) => (list.length > 0 ? [maker.pick(list)] : []);
const MUTATIONS = [
  changed('Field', (field, maker) => ({ ...field, name: named(maker.pick(['nothing', 'id', 'slug', 'name', 'nodes', 'title', '__typename', '__schema'])) })),
  changed('Field', (field, maker) => ({ ...field, alias: named(maker.pick(['a', 'id', 'name', 'nodes', 'title'])) })),
  changed('Field', (field) => ({ ...field, selectionSet: field.selectionSet ? undefined : selections('{ x }') })),
  changed('Field', (field) => ({ ...field, arguments: field.arguments.slice(1) })),
  changed('Field', (field, maker) => ({ ...field, arguments: [...field.arguments, ...one(field.arguments, maker)] })),
  // Beside another of the same name: what they ask for must be the same, however it is written.
  changed('SelectionSet', (set, maker) => {
    const again = one(set.selections, maker).map((item) => (item.kind === Kind.FIELD ? { ...item, arguments: item.arguments.toReversed() } : item));
    return { ...set, selections: [...set.selections, ...again] };
  }),
  changed('SelectionSet', (set, maker) => {
    const again = one(set.selections.filter(({ kind }) => kind === Kind.FIELD), maker);
    return { ...set, selections: [...set.selections, ...again.map((field) => ({ ...field, arguments: field.arguments.slice(1) }))] };
  }),
  ...['Field', 'InlineFragment', 'FragmentSpread', 'FragmentDefinition'].map((kind) => changed(kind, (node, maker) => ({ ...node, directives: directives(maker) }))),
  changed('OperationDefinition', (node, maker) => ({ ...node, directives: directives(maker) })),
  // The server's parser wants them before a default.
  changed('VariableDefinition', (node, maker) => ({ ...node, defaultValue: undefined, directives: operation(`query ($v: Int ${maker.pick(['@skip(if: true)', '@nothing', '@deprecated'])}) { f }`).variableDefinitions[0].directives })),
  changed('Directive', (directive, maker) => ({ ...directive, arguments: [...directive.arguments, ...one(directive.arguments, maker)] })),
  changed('Argument', (argument, maker) => ({ ...argument, name: named(maker.pick(['nothing', 'first', 'slug', 'filter'])) })),
  changed('Argument', (argument, maker) => ({ ...argument, value: literal(maker) })),
  changed('Argument', (argument, maker) => ({ ...argument, value: literal(maker) })),
  changed('ObjectValue', (object, maker) => ({ ...object, fields: [...object.fields, ...one(object.fields, maker)] })),
  changed('ObjectValue', (object, maker) => ({ ...object, fields: [...object.fields, ...one(object.fields, maker).map((field) => ({ ...field, value: literal(maker) }))] })),
  changed('ObjectValue', (object) => ({ ...object, fields: object.fields.slice(1) })),
  changed('ObjectValue', (object) => ({ ...object, fields: object.fields.toReversed() })),
  changed('ObjectField', (field, maker) => ({ ...field, value: literal(maker) })),
  changed('ObjectField', (field, maker) => ({ ...field, value: literal(maker) })),
  changed('ObjectField', (field, maker) => ({ ...field, name: named(maker.pick(['nothing', 'slugs', 'and', 'from'])) })),
  // In a list, where it may stand alone, and in a list of lists, where it may not.
  changed('Argument', (argument) => ({ ...argument, value: { kind: Kind.LIST, values: [argument.value] } })),
  changed('ObjectField', (field) => ({ ...field, value: { kind: Kind.LIST, values: [field.value] } })),
  changed('ListValue', (list, maker) => ({ ...list, values: [...list.values, literal(maker)] })),
  changed('ListValue', (list, maker) => ({ ...list, values: [...list.values, ...one(list.values, maker)] })),
  // A variable beside: what it stands in is checked all the same.
  changed('ListValue', (list, maker, ast) => ({ ...list, values: [...list.values, ...one(definition(ast).variableDefinitions ?? [], maker).map(({ variable }) => variable)] })),
  changed('Variable', (variable, maker, ast) => one(definition(ast).variableDefinitions ?? [], maker).map((other) => other.variable)[0] ?? variable),
  changed('InlineFragment', (fragment, maker) => ({ ...fragment, typeCondition: anyType(maker) })),
  changed('FragmentDefinition', (fragment, maker) => ({ ...fragment, typeCondition: anyType(maker) })),
  changed('FragmentDefinition', (fragment) => ({ ...fragment, name: named('F0') })),
  changed('FragmentSpread', (spread, maker) => ({ ...spread, name: named(maker.pick(['F0', 'F1', 'Nowhere'])) })),
  changed('VariableDefinition', (node, maker) => ({ ...node, type: operation(`query ($v: ${maker.pick(['Int', 'String', '[String!]', '[[Int]]', 'Boolean', 'Agreement', '[Agreement]', 'Nothing', '[Nothing!]', 'AgreementFilter', 'ID!', 'Language', 'Date'])}) { f }`).variableDefinitions[0].type })),
  changed('VariableDefinition', ({ type, ...node }) => ({ ...node, type: type.kind === Kind.NON_NULL_TYPE ? type.type : { kind: Kind.NON_NULL_TYPE, type } })),
  changed('VariableDefinition', ({ type, ...node }) => ({ ...node, type: type.kind === Kind.LIST_TYPE ? type.type : { kind: Kind.LIST_TYPE, type } })),
  changed('VariableDefinition', (node, maker) => ({ ...node, directives: [], defaultValue: value(maker.pick(LITERALS.filter((text) => !text.includes('$')))) })),
  changed('VariableDefinition', () => null),
  changed('OperationDefinition', (node, maker) => ({ ...node, variableDefinitions: [...(node.variableDefinitions ?? []), ...operation(`query ($unused: ${maker.pick(['Int', 'Agreement', '[Node!]', '[Nothing]'])}) { f }`).variableDefinitions] })),
  changed('OperationDefinition', (node, maker) => ({ ...node, variableDefinitions: [...(node.variableDefinitions ?? []), ...one(node.variableDefinitions ?? [], maker)] })),
  (ast, maker) => ({ ...ast, definitions: [...ast.definitions, ...parse(maker.pick(MORE)).definitions] }),
  (ast, maker) => ({ ...ast, definitions: [...ast.definitions, ...parse(maker.pick(MORE)).definitions] }),
  (ast, maker) => ({ ...ast, definitions: [...ast.definitions, maker.pick(ast.definitions)] }),
  // Nothing: what was made may be invalid by its keys alone.
  (ast) => ast,
];

/** With what the server refuses a document, if it does; asked for its first operation. */
const told = async (query, ast) => {
  const operations = ast.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const operationName = operations.length > 1 ? operations[0].name?.value : undefined;
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, operationName }),
  });
  const { errors } = await response.json();
  return (errors ?? []).map(({ message, extensions }) => ({ message, code: extensions?.code }));
};

/** What graphql-js finds wrong with a document, the rules that it breaks, and the code that says so. */
const found = (text) => {
  let ast;
  try {
    ast = parse(text);
  } catch (error) {
    // A variable stands in a default.
    return { wrong: [error], breaks: [], code: 'GRAPHQL_PARSE_FAILED' };
  }
  // Of a subscription with a `@skip` that lacks its argument graphql-js gives up the validation.
  const errors = (some) => {
    try {
      return validate(schema, ast, some);
    } catch (error) {
      return [error];
    }
  };
  const wrong = errors(rules);
  const breaks = wrong.length > 0 ? rules.filter((rule) => errors([rule]).length > 0) : [];
  // Definitions of types are no GraphQL that the server's parser knows.
  const unknown = breaks.some(({ name }) => name === 'ExecutableDefinitionsRule');
  return { wrong, breaks, code: unknown ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED' };
};

let invalid = 0;
let compared = 0;
const differing = [];
/** By rule, how many documents break it, and how many nothing else: only these tell whether the server knows the rule. */
const broken = new Map(rules.map((rule) => [rule, { ever: 0, alone: 0 }]));
for (let number = 0; number < COUNT; number += 1) {
  const maker = new Maker(chance(SEED * 1_000_003 + number));
  let ast = parse(maker.document());
  for (let changes = maker.under(3); changes > 0; changes -= 1) ast = maker.pick(MUTATIONS)(ast, maker);
  const text = print(ast);
  const refusals = await told(text, ast);
  // Too much is refused before it is looked at more closely.
  if (refusals.some(({ code }) => code?.startsWith('QUERY_TOO_'))) continue;
  compared += 1;
  const { wrong, breaks, code } = found(text);
  for (const rule of breaks) {
    broken.get(rule).ever += 1;
    if (breaks.length === 1) broken.get(rule).alone += 1;
  }
  invalid += wrong.length > 0 ? 1 : 0;
  const codes = new Set(refusals.map((refusal) => refusal.code));
  const refused = codes.has('GRAPHQL_VALIDATION_FAILED') || codes.has('GRAPHQL_PARSE_FAILED');
  const fits = wrong.length > 0 ? codes.has(code) : !refused && !codes.has('INTERNAL');
  if (!fits) {
    const said = [...wrong, ...refusals].map((error) => `${error.code ?? 'graphql-js'}: ${error.message}`);
    differing.push(`${number}: ${wrong.length > 0 ? 'invalid' : 'valid'}: ${said.join(' | ')}\n${text}`);
  }
}
console.log(`of ${compared} documents ${invalid} are invalid; by rule, those that break it, and nothing else:`);
for (const [{ name }, { ever, alone }] of broken) console.log(`${name.padEnd(36)} ${String(ever).padStart(5)} ${String(alone).padStart(5)}`);
check('some are valid', invalid < COUNT * 0.8 ? undefined : [`${invalid} of ${COUNT} are invalid`]);
check('some are invalid', invalid > COUNT * 0.2 ? undefined : [`${invalid} of ${COUNT} are invalid`]);
check('most are compared', compared > COUNT * 0.9 ? undefined : [`${compared} of ${COUNT} are`]);
check('every rule is broken', [...broken].filter(([, { ever }]) => ever === 0).map(([{ name }]) => name));
check('the server refuses what graphql-js refuses', differing);
done();
