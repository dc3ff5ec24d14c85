// node subscriptions.mjs http://127.0.0.1:PORT FOLDER
//
// graphql-ws over a WebSocket and graphql-sse over event streams: queries, refusals and subscriptions, many at once, and
// coming back after a connection was lost.
import { createClient as createEvents } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import WebSocket from 'ws';
import { check, done, parameters } from './report.mjs';

const { address } = parameters();
const version = 'subscription { registryVersion }';

/** The first answers to an operation, and the errors that it is refused with. */
const ask = async (client, query, most = 1) => {
  const answers = [];
  try {
    for await (const answer of client.iterate({ query })) {
      answers.push(answer);
      if (answers.length === most) break;
    }
  } catch (errors) {
    return { answers, errors };
  }
  return { answers };
};

const same = (found, expected) =>
  JSON.stringify(found) !== JSON.stringify(expected) && `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;

/** What holds for both. `refusal` finds the errors in what `ask` gave. */
const holds = async (name, client, refusal) => {
  const query = await ask(client, '{ __typename }', 2);
  check(`${name}: a query has one answer`, same(query, { answers: [{ data: { __typename: 'Query' } }] }));
  const wrong = refusal(await ask(client, '{ nothing }'));
  const code = wrong?.[0]?.extensions?.code;
  check(`${name}: what is invalid is refused`, same(code, 'GRAPHQL_VALIDATION_FAILED'));
  const subscribed = await Promise.all(Array.from({ length: 10 }, () => ask(client, version)));
  const told = subscribed.map(({ answers, errors }) => errors ?? answers[0].data.registryVersion);
  check(`${name}: ten subscriptions at once`, new Set(told).size !== 1 && JSON.stringify(told));
  check(`${name}: the version is a number`, !Number.isInteger(told[0]) && JSON.stringify(told[0]));
};

let socket;
const socketClient = createSocket({
  url: `${address.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { anything: ['goes'] },
  keepAlive: 100,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  on: { opened: (opened) => (socket = opened) },
});
await holds('graphql-ws', socketClient, ({ errors }) => errors);

let answers = 0;
const returned = new Promise((resolve, reject) => {
  socketClient.subscribe(
    { query: version },
    {
      next: () => {
        answers += 1;
        // As if the network had gone.
        if (answers === 1) socket.terminate();
        else resolve();
      },
      error: reject,
      complete: () => reject(new Error('completed')),
    },
  );
});
check('graphql-ws: comes back after a lost connection', await returned.catch((error) => `${error?.reason ?? error}`));
await socketClient.dispose();

const eventsClient = createEvents({ url: `${address}/graphql` });
await holds('graphql-sse', eventsClient, ({ answers: [answer] }) => answer?.errors);
eventsClient.dispose();
done();
