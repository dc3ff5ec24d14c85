// The road to PostgreSQL: a pool per process, statements kept prepared, and a DataLoader per relation and request.
import DataLoader from "dataloader";
import pg from "pg";

// Days are texts in the answers.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL), min: Number(process.env.POOL) });
pool.on("connect", (client) => client.query("SET jit = off; SET default_transaction_read_only = on"));

const names = new Map();

// Runs a statement. The same text has the same name, so that each connection prepares it once.
export async function rows(text, values) {
  if (!names.has(text)) names.set(text, `s${names.size}`);
  return (await pool.query({ name: names.get(text), text, values })).rows;
}

const order = { ASC: "ASC NULLS LAST", DESC: "DESC NULLS LAST" };
const byDate = (orderBy) => `t.sort_date ${order[orderBy?.[0]?.direction ?? "DESC"]}, t.slug`;
const byName = "t.sort_original, t.slug";

export const agreementColumns = `t.id, t.slug, t.kind, t.status, t.title->>t.original_language AS title, t.summary->>t.original_language AS summary,
  t.signed_on_edtf, t.signed_on_earliest, t.signed_on_latest, t.starts_on_edtf, t.starts_on_earliest, t.starts_on_latest,
  t.ends_on_edtf, t.ends_on_earliest, t.ends_on_latest`;
const named = "t.id, t.slug, t.name->>t.original_language AS name";
export const partyColumns = `${named}, t.kind, t.acronym->>t.original_language AS acronym`;
export const regionColumns = named;

// The rows of each relation, for its owner k.id.
const relations = {
  agreementPrograms: ({ first }) =>
    `SELECT ${named} FROM agreement_program j JOIN program t ON t.id = j.program_id WHERE j.agreement_id = k.id ORDER BY ${byName} LIMIT ${first}`,
  agreementParties: ({ first }) =>
    `SELECT j.roles, ${partyColumns} FROM agreement_party j JOIN party t ON t.id = j.party_id WHERE j.agreement_id = k.id ORDER BY ${byName} LIMIT ${first}`,
  agreementRegions: ({ first }) =>
    `SELECT ${named} FROM agreement_region j JOIN region t ON t.id = j.region_id WHERE j.agreement_id = k.id ORDER BY ${byName} LIMIT ${first}`,
  agreementActions: ({ first, orderBy }) =>
    `SELECT t.id, t.title->>t.original_language AS title, t.status, t.period_edtf, t.period_earliest, t.period_latest
     FROM action_agreement j JOIN action t ON t.id = j.action_id WHERE j.agreement_id = k.id ORDER BY ${byDate(orderBy)} LIMIT ${first}`,
  agreementContributions: () =>
    "SELECT t.kind, t.qualifier, t.money_amount, t.money_currency, t.funder_id FROM contribution t WHERE t.record_id = k.id ORDER BY t.position",
  regionCodes: () => "SELECT t.scheme, t.value FROM region_code t WHERE t.region_id = k.id ORDER BY t.position",
  regionAgreements: ({ first, orderBy, includeDescendants }) =>
    includeDescendants
      ? `SELECT ${agreementColumns} FROM agreement t WHERE t.id IN (SELECT j.agreement_id FROM region_ancestor a JOIN agreement_region j USING (region_id)
         WHERE a.ancestor_id = k.id) ORDER BY ${byDate(orderBy)} LIMIT ${first}`
      : `SELECT ${agreementColumns} FROM agreement_region j JOIN agreement t ON t.id = j.agreement_id WHERE j.region_id = k.id ORDER BY ${byDate(orderBy)} LIMIT ${first}`,
  partyAgreements: ({ first, orderBy }) =>
    `SELECT ${agreementColumns} FROM agreement_party j JOIN agreement t ON t.id = j.agreement_id WHERE j.party_id = k.id ORDER BY ${byDate(orderBy)} LIMIT ${first}`,
  party: () => `SELECT ${partyColumns} FROM party t WHERE t.id = k.id`,
};

// The loaders of one request: one for each relation and set of arguments.
export class Loaders {
  #loaders = new Map();

  load(relation, args, owner) {
    const key = relation + JSON.stringify(args);
    let loader = this.#loaders.get(key);
    if (!loader) {
      const text = `SELECT k.id AS owner, x.* FROM unnest($1::bigint[]) k(id) CROSS JOIN LATERAL (${relations[relation](args)}) x`;
      loader = new DataLoader(async (owners) => {
        const found = new Map(owners.map((id) => [id, []]));
        for (const row of await rows(text, [owners])) found.get(row.owner).push(row);
        return owners.map((id) => found.get(id));
      });
      this.#loaders.set(key, loader);
    }
    return loader.load(owner);
  }
}

// What a filter asks for, as a condition with its values.
export async function condition(filter) {
  const conditions = ["true"];
  const values = [];
  const bind = (value) => `$${values.push(value)}`;
  if (filter?.kinds) conditions.push(`t.kind = ANY(${bind(filter.kinds)}::text[])`);
  if (filter?.date) {
    conditions.push("t.date_edtf IS NOT NULL");
    if (filter.date.from) conditions.push(`(t.date_latest IS NULL OR t.date_latest >= ${bind(filter.date.from)}::date)`);
    if (filter.date.until) conditions.push(`(t.date_earliest IS NULL OR t.date_earliest <= ${bind(filter.date.until)}::date)`);
  }
  if (filter?.region) {
    conditions.push(`t.id IN (SELECT j.agreement_id FROM agreement_region j JOIN region_ancestor a ON a.region_id = j.region_id
      JOIN region r ON r.id = a.ancestor_id WHERE r.slug = ANY(${bind(filter.region.slugs)}::text[]))`);
  }
  if (filter?.text !== undefined) {
    // Resolved first, so that PostgreSQL plans for these words.
    const [{ query }] = await rows("SELECT query::text FROM search_query($1::jsonb)", [terms(filter.text)]);
    conditions.push(`t.words @@ ${bind(query)}::tsquery`);
  }
  return { where: conditions.join(" AND "), values };
}

// A search text of plain words, as the function in the database takes it.
function terms(text) {
  const words = text.toLowerCase().split(/\s+/);
  return JSON.stringify(
    words.map((word, at) => ({ words: word, phrase: false, without: false, prefix: at === words.length - 1, spelt: word.length >= 4 })),
  );
}
