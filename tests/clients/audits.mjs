// node audits.mjs http://127.0.0.1:PORT FOLDER
//
// The audits of graphql-http: what servers of GraphQL over HTTP must, should and may do. All of it is held to.
import { serverAudits } from 'graphql-http';
import { check, done, parameters } from './report.mjs';

const { address } = parameters();
const audits = serverAudits({ url: `${address}/graphql` });
for (const audit of audits) {
  const result = await audit.fn();
  const problem = result.status === 'ok' ? undefined : `${result.reason} (HTTP ${result.response?.status})`;
  check(`${audit.id} ${audit.name}`, problem);
}
check('there are audits', audits.length < 61 && `${audits.length} of the 61 that were there`);
done();
