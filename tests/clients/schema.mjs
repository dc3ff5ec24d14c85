// The schema as a server serves it, and what can be said about any schema of this shape.
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { check } from './report.mjs';

/** The response to an operation, as JSON. */
export const ask = async (address, query, variables = {}) => {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
};

/** The first lines in which two texts differ. */
const difference = (one, other) => {
  const [left, right] = [one.split('\n'), other.split('\n')];
  const at = left.findIndex((line, number) => line !== right[number]);
  return at < 0 ? undefined : `${left[at]}\n${right[at]}`;
};

/** The schema that a server serves: by introspection and at /schema.graphql, which must be the same. */
export const served = async (address) => {
  const options = { descriptions: true, specifiedByUrl: true, inputValueDeprecation: true };
  const introspected = buildClientSchema((await ask(address, getIntrospectionQuery(options))).data);
  const sdl = await (await fetch(`${address}/schema.graphql`)).text();
  const printed = (schema) => printSchema(lexicographicSortSchema(schema));
  check(
    'introspection and /schema.graphql tell the same',
    difference(printed(introspected), printed(buildSchema(sdl))),
  );
  return introspected;
};

/** Whether a type is an object or an interface that anything can be asked of. */
const hasFields = (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__');

/** All objects and interfaces with fields, without those that describe the schema itself. */
export const composites = (schema) => Object.values(schema.getTypeMap()).filter(hasFields);

/** Whether a type is or implements Node: it has an identity, and is found again by it. */
export const isEntity = (type) =>
  type.name === 'Node' || (type.getInterfaces?.() ?? []).some(({ name }) => name === 'Node');

/** The objects that are found again by their `id`. */
export const entities = (schema) => composites(schema).filter((type) => isObjectType(type) && isEntity(type));

/** Whether a type is a page of a list. */
const isConnection = (type) =>
  isObjectType(type) && type.name.endsWith('Connection') && 'edges' in type.getFields();

/** The type of a connection's elements. */
export const elementOf = (connection) =>
  getNamedType(getNamedType(connection.getFields().edges.type).getFields().node.type);

/** Every field that is a connection, with the type that it is a field of. */
export const connections = (schema) =>
  composites(schema).flatMap((parent) =>
    Object.values(parent.getFields())
      .filter((field) => isConnection(getNamedType(field.type)))
      .map((field) => ({ parent, field, connection: getNamedType(field.type) })),
  );

/** Whether a type is a value, which has no identity: nothing looks it up, and no list pages through it. */
export const isValue = (schema) => {
  const paged = new Set(connections(schema).map(({ connection }) => elementOf(connection)));
  return (type) => isObjectType(type) && !isEntity(type) && !paged.has(type) && !('slug' in type.getFields());
};

/** Whether a field can be asked for with no argument. */
export const needsNothing = (field) => !field.args.some(isRequiredArgument);
