// node apollo.mjs http://127.0.0.1:PORT FOLDER
//
// Apollo Client with automatic persisted queries: a document is sent once, and from then on named by every client, by GET.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { check, done, parameters } from './report.mjs';

const { address } = parameters();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A client, and what it sends: `GET hash`, `GET hash+query`, `POST hash+query` …, with the status that it gets. */
const start = ({ accept, useGETForHashedQueries = true } = {}) => {
  const sent = [];
  const record = async (url, options) => {
    const { searchParams } = new URL(url);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(searchParams);
    const parts = [JSON.stringify(body.extensions ?? '').includes('sha256Hash') && 'hash', body.query && 'query'];
    const response = await fetch(url, options);
    sent.push(`${options.method} ${parts.filter(Boolean).join('+')} ${response.status}`);
    return response;
  };
  const http = new HttpLink({ uri: `${address}/graphql`, fetch: record, headers: accept ? { accept } : {} });
  const link = ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries }), http]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const ask = async (query, variables) => {
    sent.length = 0;
    const { data } = await client.query({ query, variables, fetchPolicy: 'no-cache' });
    return { data, sent: sent.join(', ') };
  };
  return ask;
};
const same = (seen, expected) => (JSON.stringify(seen) === JSON.stringify(expected) ? undefined : `${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`);

for (const [name, options, missed] of [
  ['as Apollo asks', {}, 404],
  ['for JSON alone', { accept: 'application/json' }, 200],
]) {
  const query = gql(`query Labels($first: Int!) { agreements(first: $first) { totalCount nodes { label ${'a'.repeat(missed % 5 + 1)}: slug } } }`);
  const ask = start(options);
  const first = await ask(query, { first: 3 });
  check(`${name}: an unknown document is sent after it was named`, same(first.sent, `GET hash ${missed}, POST hash+query 200`)
    && same(first.sent, `GET hash ${missed}, GET hash+query 200`));
  check(`${name}: its answer is whole`, same(first.data.agreements.nodes.length, 3));
  const again = await ask(query, { first: 4 });
  check(`${name}: from then on it is named`, same(again.sent, 'GET hash 200'));
  check(`${name}: with other variables`, same(again.data.agreements.nodes.length, 4));
  const other = await start(options)(query, { first: 3 });
  check(`${name}: by another client too`, same(other.sent, 'GET hash 200'));
  check(`${name}: with the same answer`, same(other.data, first.data));
  const posts = await start({ ...options, useGETForHashedQueries: false })(query, { first: 3 });
  check(`${name}: by POST`, same(posts.sent, 'POST hash 200'));
}

const broken = await start()(gql('query Broken { nothingLikeIt }'), {}).then(
  () => 'it was answered',
  (error) => (/nothingLikeIt/.test(error.message) ? undefined : error.message),
);
check('what is wrong with a document is told', broken);
done();
