// What there is in a registry to ask for, found by asking for its lists.
import { operations } from './operations.mjs';
import { check } from './report.mjs';
import { ask, needsNothing } from './schema.mjs';
import { examples } from './values.mjs';

/** Small pages: what is asked of each element is much. */
const SIZE = 8;

/** The identities in an answer, by type: a few of each. */
const collect = (value, found) => {
  if (typeof value !== 'object' || value === null) return;
  if (typeof value.__typename === 'string' && typeof value.id === 'string') {
    const { ids, slugs } = found;
    const known = ids.get(value.__typename) ?? [];
    if (known.length < SIZE && !known.includes(value.id)) {
      ids.set(value.__typename, [...known, value.id]);
      if (value.slug) slugs.set(value.__typename, [...(slugs.get(value.__typename) ?? []), value.slug]);
    }
  }
  for (const inner of Object.values(value)) collect(inner, found);
};

/** Identifiers and slugs by type. */
export const found = async (schema, address) => {
  const found = { ids: new Map(), slugs: new Map() };
  for (const operation of operations(schema)) {
    if (operation.kind !== 'query' || !operation.root || !needsNothing(operation.root)) continue;
    const { data, errors } = await ask(address, operation.text, { ...examples(operation), first: SIZE });
    check(`${operation.name} lists what there is`, errors?.map((error) => JSON.stringify(error)));
    collect(data, found);
  }
  return found;
};
