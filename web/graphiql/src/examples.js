// The tabs of a first visit, in this order. A tab's title is its operation's name.
// Every file of ../examples stands here; check-examples.mjs sees to it.
import actionPlan2022 from '../examples/action-plan-2022.graphql';
import baieJames2013 from '../examples/baie-james-2013.graphql';
import europeanUnion from '../examples/european-union.graphql';
import fundingPage from '../examples/funding-page.graphql';
import ministere from '../examples/ministere.graphql';
import pagedList from '../examples/paged-list.graphql';
import partyPage from '../examples/party-page.graphql';
import programmes from '../examples/programmes.graphql';
import regionPage from '../examples/region-page.graphql';
import rivieraMaya2010 from '../examples/riviera-maya-2010.graphql';
import searchPage from '../examples/search-page.graphql';
import umq2022 from '../examples/umq-2022.graphql';

export const examples = [
  { query: baieJames2013 },
  { query: umq2022 },
  { query: ministere },
  { query: europeanUnion },
  { query: rivieraMaya2010 },
  { query: actionPlan2022 },
  { query: programmes },
  { query: searchPage, variables: '{\n  "text": "immigration",\n  "kinds": null,\n  "region": null\n}\n' },
  { query: regionPage, variables: '{\n  "slug": "quebec"\n}\n' },
  { query: partyPage, variables: '{\n  "slug": "mifi"\n}\n' },
  { query: fundingPage },
  { query: pagedList, variables: '{\n  "first": 3,\n  "after": null\n}\n' },
];
