// The data side of a page, as a front-end team would write it: documents in the code, types from graphql-codegen, no
// casts. What must not compile is marked. It is run with the address to ask.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { graphql, useFragment, type DocumentType, type FragmentType } from './gql/index.js';
import type { AmountQualifier } from './gql/graphql.js';

const HeadPart = graphql(`
  fragment HeadPart on Agreement {
    slug
    title(language: $language)
    signedOn {
      label(language: $language)
      earliest
    }
  }
`);

const AgreementPage = graphql(`
  query AgreementPage($slug: String!, $language: Language) {
    agreement(slug: $slug) {
      ...HeadPart
      contributions {
        id
        qualifier
        money {
          amount
          currency
        }
      }
      parties(first: 10) {
        edges {
          roles
          namedAs
          node {
            id
            name(language: $language)
          }
        }
      }
    }
  }
`);

const AgreementList = graphql(`
  query AgreementList($first: Int, $after: String) {
    agreements(first: $first, after: $after) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
`);

const AnyRecord = graphql(`
  query AnyRecord($id: ID!) {
    node(id: $id) {
      __typename
      ... on Record {
        label
      }
      ... on Region {
        population
      }
    }
  }
`);

const [address = ''] = process.argv.slice(2);

async function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
  if (!data || errors) throw new Error(errors?.map((error) => error.message).join('\n') ?? `HTTP ${response.status}`);
  return data;
}

/** Every qualifier has its words: a new one is an error of compilation here. */
function words(qualifier: AmountQualifier): string {
  switch (qualifier) {
    case 'EXACT':
      return '';
    case 'ABOUT':
      return 'about ';
    case 'AT_LEAST':
      return 'at least ';
    case 'AT_MOST':
      return 'at most ';
    default: {
      const never: never = qualifier;
      return never;
    }
  }
}

function head(part: FragmentType<typeof HeadPart>): string {
  const agreement = useFragment(HeadPart, part);
  const title: string = agreement.title;
  return `${title}, ${agreement.signedOn?.label ?? 'undated'}`;
}

async function page(slug: string): Promise<string[]> {
  const { agreement } = await ask(AgreementPage, { slug, language: 'EN' });
  if (!agreement) return [];
  const sums = agreement.contributions.map(({ qualifier, money }) => {
    const amount: string | undefined = money?.amount;
    return `${words(qualifier)}${amount ?? 'some'} ${money?.currency ?? 'money'}`;
  });
  const parties = agreement.parties.edges.map(({ roles, namedAs, node }) => {
    const first: (typeof roles)[number] | undefined = roles[0];
    return `${node.name} (${namedAs ?? node.name}): ${first ?? 'no role'}`;
  });
  return [head(agreement), ...sums, ...parties];
}

type Listed = DocumentType<typeof AgreementList>['agreements'];

async function* pages(first: number): AsyncGenerator<Listed> {
  let after: string | null = null;
  do {
    const { agreements }: DocumentType<typeof AgreementList> = await ask(AgreementList, { first, after });
    yield agreements;
    after = agreements.pageInfo.hasNextPage ? (agreements.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
}

async function label(id: string): Promise<string | undefined> {
  const { node } = await ask(AnyRecord, { id });
  if (node?.__typename === 'Region') {
    const population: number | null | undefined = node.population;
    return `${node.label}: ${population ?? 'nobody counted'}`;
  }
  return node && 'label' in node ? node.label : undefined;
}

/** What must not compile, and is never called. */
const mistakes = {
  // @ts-expect-error: a slug is needed.
  noSlug: () => ask(AgreementPage, {}),
  // @ts-expect-error: there is no such language.
  inLatin: () => ask(AgreementPage, { slug: '', language: 'LA' }),
  // @ts-expect-error: there may be no such agreement.
  found: (data: DocumentType<typeof AgreementPage>) => data.agreement.contributions,
  // @ts-expect-error: an agreement may be undated.
  dated: (agreement: DocumentType<typeof HeadPart>) => agreement.signedOn.label,
  // @ts-expect-error: the fragment doesn't ask for it.
  asked: (agreement: DocumentType<typeof HeadPart>) => agreement.summary,
};
void mistakes;

const lines = await page('entente-umq-mifi-2022');
if (!lines.includes('about 643000.00 CAD')) throw new Error(lines.join('\n'));
const ids: string[] = [];
let total = 0;
for await (const { nodes, totalCount } of pages(3)) {
  ids.push(...nodes.map((node) => node.id));
  total = totalCount;
}
if (new Set(ids).size !== total || total < 5) throw new Error(`${ids.length} of ${total} agreements`);
if (!(await label(ids[0] ?? ''))) throw new Error('the first agreement has no label');
