// Monaco starts its workers through this hook. They are files of the same origin, as the page's
// Content-Security-Policy asks (`worker-src 'self'`); build.mjs bundles them first and fills in their addresses.
/* global EDITOR_WORKER, GRAPHQL_WORKER, JSON_WORKER */
const addresses = { graphql: GRAPHQL_WORKER, json: JSON_WORKER };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(addresses[label] ?? EDITOR_WORKER, { name: label }),
};
