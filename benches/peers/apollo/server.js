// Apollo Server with DataLoader, as its documents show it, in as many processes as PROCESSES says, on one port.
import cluster from "node:cluster";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { Loaders, agreementColumns, condition, regionColumns, rows } from "./database.js";
import { typeDefs } from "./schema.js";

const nodeId = (type) => (row) => Buffer.from(`${type}:${row.id}`).toString("base64url");
const date = (name) => (row) =>
  row[`${name}_edtf`] === null ? null : { edtf: row[`${name}_edtf`], earliest: row[`${name}_earliest`], latest: row[`${name}_latest`] };
const related = (relation) => (row, args, { loaders }) => loaders.load(relation, args, row.id);
const connected = (relation) => async (row, args, { loaders }) => ({ nodes: await loaders.load(relation, args, row.id) });

const resolvers = {
  Query: {
    agreement: async (_, { slug }) => (await rows(`SELECT ${agreementColumns} FROM agreement t WHERE t.slug = $1`, [slug]))[0],
    agreements: async (_, { first, orderBy, filter }) => {
      const { where, values } = await condition(filter);
      const direction = orderBy?.[0]?.direction ?? "DESC";
      return {
        nodes: rows(`SELECT ${agreementColumns} FROM agreement t WHERE ${where} ORDER BY t.sort_date ${direction} NULLS LAST, t.slug LIMIT ${first}`, values),
        totalCount: async () => Number((await rows(`SELECT count(*) FROM agreement t WHERE ${where}`, values))[0].count),
      };
    },
    regions: async (_, { first }) => ({ nodes: rows(`SELECT ${regionColumns} FROM region t ORDER BY t.sort_original, t.slug LIMIT ${first}`, []) }),
  },
  Agreement: {
    id: nodeId("Agreement"),
    signedOn: date("signed_on"),
    startsOn: date("starts_on"),
    endsOn: date("ends_on"),
    programs: connected("agreementPrograms"),
    parties: connected("agreementParties"),
    regions: connected("agreementRegions"),
    actions: connected("agreementActions"),
    contributions: related("agreementContributions"),
  },
  AgreementPartyConnection: { edges: ({ nodes }) => nodes.map((node) => ({ roles: node.roles, node })) },
  Program: { id: nodeId("Program") },
  Party: { id: nodeId("Party"), agreements: connected("partyAgreements") },
  Region: { id: nodeId("Region"), codes: related("regionCodes"), agreements: connected("regionAgreements") },
  Action: { id: nodeId("Action"), period: date("period") },
  Contribution: {
    money: (row) => row.money_amount && { amount: row.money_amount, currency: row.money_currency },
    funder: async (row, _, { loaders }) => row.funder_id && (await loaders.load("party", {}, row.funder_id))[0],
  },
};

if (cluster.isPrimary) {
  for (let number = 0; number < Number(process.env.PROCESSES); number += 1) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit(0);
  });
} else {
  // Documents are kept once they are parsed and validated: that is the default.
  const server = new ApolloServer({ typeDefs, resolvers, introspection: false });
  await startStandaloneServer(server, {
    listen: { host: "127.0.0.1", port: Number(process.env.PORT) },
    context: async () => ({ loaders: new Loaders() }),
  });
}
