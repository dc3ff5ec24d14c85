// Arguments: their variables, and values to try them with.
import {
  astFromValue,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  print,
} from 'graphql';

/** An argument's default as GraphQL writes it; undefined where it has none. */
export const defaultOf = (arg) =>
  arg.defaultValue === undefined ? undefined : print(astFromValue(arg.defaultValue, arg.type));

/** An argument as Relay's `@argumentDefinitions` declares it. */
export const declared = (arg) => {
  const value = defaultOf(arg);
  return `${arg.name}: {type: "${arg.type}"${value === undefined ? '' : `, defaultValue: ${value}`}}`;
};

const scalars = {
  Boolean: true,
  Date: '2010-01-01',
  DateTime: '2010-01-01T00:00:00Z',
  Decimal: '1.00',
  Edtf: '2010',
  Float: 1,
  Int: 1,
  String: 'migration',
  URL: 'https://example.org/',
};

/** The least that a type takes. */
const least = (type) => {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [least(nullable.ofType)];
  if (isEnumType(nullable)) return nullable.getValues()[0].name;
  if (!isInputObjectType(nullable)) return scalars[nullable.name] ?? 'example';
  const fields = Object.values(nullable.getFields());
  const needed = nullable.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
  return Object.fromEntries(needed.map((field) => [field.name, least(field.type)]));
};

/** What to try an argument with; undefined where it may be left out. */
export const example = (arg) => (isRequiredArgument(arg) ? least(arg.type) : undefined);

/** Values for the variables of an operation that need one. */
export const examples = ({ variables }) => {
  const values = [...variables].map(([name, { arg }]) => [name, example(arg)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
};
