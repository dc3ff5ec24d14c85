// Operations that between them ask for every field with every argument, derived from a schema, so that what is added to
// it is asked for too.
//
// An argument is a variable, and arguments of one name and type are one variable, as an app has one language for a
// page. An operation goes one entity deep: it has all fields of the entity that it begins with, and of values and
// connections on the way; of entities further on it has what identifies them.
import { getNamedType, isInterfaceType, isLeafType, isObjectType } from 'graphql';
import { composites, isEntity } from './schema.mjs';
import { defaultOf } from './values.mjs';

const identity = (type) => ['__typename', ...['id', 'slug'].filter((name) => name in type.getFields())];

class Operation {
  /** What was asked for: `Type.field` and `Type.field(argument)`. */
  asked = new Set();
  /** The variables by name, with an argument that each stands for. */
  variables = new Map();

  constructor(kind, name) {
    this.kind = kind;
    this.name = name;
  }

  variable(arg) {
    const value = defaultOf(arg);
    const declaration = `${arg.type}${value === undefined ? '' : ` = ${value}`}`;
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? arg.name : `${arg.name}${number}`;
      const known = this.variables.get(name);
      if (!known) this.variables.set(name, { arg, declaration });
      if (!known || known.declaration === declaration) return `$${name}`;
    }
  }

  field(parent, field, depth, within) {
    const type = getNamedType(field.type);
    const selection = isLeafType(type) ? '' : this.selection(type, depth, within);
    if (selection === undefined) return undefined;
    const place = `${parent.name}.${field.name}`;
    this.asked.add(place);
    for (const arg of field.args) this.asked.add(`${place}(${arg.name})`);
    const args = field.args.map((arg) => `${arg.name}: ${this.variable(arg)}`).join(', ');
    return `${field.name}${args && `(${args})`}${selection}`;
  }

  /** Undefined for a value within itself, which would have no end. */
  selection(type, depth, within = []) {
    if (isEntity(type) && depth === 0) return ` { ${identity(type).join(' ')} }`;
    if (within.includes(type)) return undefined;
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const rest = isEntity(type) ? depth - 1 : depth;
    const inner = isEntity(type) ? [] : [...within, type];
    const selected = fields.map((field) => this.field(type, field, rest, inner)).filter(Boolean);
    return ` {\n__typename\n${selected.join('\n')}\n}`;
  }

  finish(body) {
    const variables = [...this.variables].map(([name, { declaration }]) => `$${name}: ${declaration}`).join(', ');
    this.text = `${this.kind} ${this.name}${variables && `(${variables})`} {\n${body}\n}\n`;
    return this;
  }
}

/** One operation per field of the query, of mutations and of subscriptions, and one per type that `node` finds. */
export const operations = (schema) => {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ];
  const all = [];
  for (const [kind, root] of roots) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const operation = new Operation(kind, `${kind}_${field.name}`);
      operation.root = field;
      all.push(operation.finish(operation.field(root, field, 1, [])));
    }
  }
  for (const type of composites(schema)) {
    if (type.name === 'Node' || !isEntity(type)) continue;
    const operation = new Operation('query', `node_${type.name}`);
    operation.entity = type;
    const id = operation.variable(schema.getQueryType().getFields().node.args[0]);
    const selection = operation.selection(type, 1);
    all.push(operation.finish(`node(id: ${id}) {\n__typename\n... on ${type.name}${selection}\n}`));
  }
  return all;
};

/** What of a schema no operation asks for. */
export const unasked = (schema, all) =>
  composites(schema)
    .filter((type) => type.name !== 'Node')
    .flatMap((type) => Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.args]))
    .flatMap(([place, args]) => [place, ...args.map((arg) => `${place}(${arg.name})`)])
    .filter((place) => !all.some((operation) => operation.asked.has(place)));
