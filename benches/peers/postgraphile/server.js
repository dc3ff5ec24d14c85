// PostGraphile over the registry's tables and the functions of database.sql, in as many processes as PROCESSES says, on one port.
import cluster from "node:cluster";
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

if (cluster.isPrimary) {
  for (let number = 0; number < Number(process.env.PROCESSES); number += 1) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit(0);
  });
} else {
  const size = Number(process.env.POOL);
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: size, min: size, options: "-c jit=off" });
  pool.on("error", (error) => console.error(error));
  // Plans, parsed documents and prepared statements are kept: those are the defaults.
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ pool, schemas: ["public", "peer"] })],
    schema: { defaultBehavior: "-insert -update -delete", pgOrderByNullsLast: true },
    grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
    grafast: { explain: false },
  });
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(process.env.PORT), "127.0.0.1");
}
