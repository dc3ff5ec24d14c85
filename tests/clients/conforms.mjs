// Answers against the types that the schema promises.
import { getNullableType, isAbstractType, isEnumType, isListType, isNonNullType, isScalarType, parse } from 'graphql';

const shapes = {
  Boolean: (value) => typeof value === 'boolean',
  Date: (value) => /^-?\d{4,}-\d\d-\d\d$/.test(value),
  DateTime: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  Decimal: (value) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value),
  Float: (value) => typeof value === 'number',
  Int: (value) => Number.isInteger(value),
  URL: (value) => URL.canParse?.(value) ?? Boolean(new URL(value)),
};
const isText = (value) => typeof value === 'string';

/** Where an answer is not what the schema says, as lines; at most a few. */
export const breaches = (schema, text, data) => {
  const lines = [];
  const complain = (path, value, type) => {
    if (lines.length < 10) lines.push(`${path}: ${JSON.stringify(value)?.slice(0, 80)} is no ${type}`);
  };

  const walk = (value, type, selections, path) => {
    if (value === null || value === undefined) {
      if (value === undefined || isNonNullType(type)) complain(path, value, type);
      return;
    }
    const inner = getNullableType(type);
    if (isListType(inner)) {
      if (!Array.isArray(value)) return complain(path, value, type);
      value.forEach((element, number) => walk(element, inner.ofType, selections, `${path}.${number}`));
    } else if (isEnumType(inner)) {
      if (!inner.getValue(value)) complain(path, value, type);
    } else if (isScalarType(inner)) {
      if (!(shapes[inner.name] ?? isText)(value)) complain(path, value, type);
    } else {
      object(value, isAbstractType(inner) ? schema.getType(value.__typename) : inner, selections, path);
    }
  };

  const object = (value, type, selections, path) => {
    const keys = [];
    const look = (selections) => {
      for (const selection of selections) {
        if (selection.kind === 'InlineFragment') {
          const on = schema.getType(selection.typeCondition.name.value);
          const applies = on === type || (isAbstractType(on) && schema.isSubType(on, type));
          if (applies) look(selection.selectionSet.selections);
          continue;
        }
        const name = selection.name.value;
        if (!keys.includes(name)) keys.push(name);
        if (name === '__typename') {
          if (value[name] !== type.name) complain(`${path}.${name}`, value[name], type.name);
        } else {
          walk(value[name], type.getFields()[name].type, selection.selectionSet?.selections, `${path}.${name}`);
        }
      }
    };
    look(selections);
    const order = Object.keys(value).join(' ');
    if (order !== keys.join(' ')) complain(path, order, `answer to: ${keys.join(' ')}`);
  };

  const [operation] = parse(text).definitions;
  object(data, schema.getQueryType(), operation.selectionSet.selections, 'data');
  return lines;
};
