import './workers.js';
import './styles.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { useGraphiQL } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { examples } from './examples.js';

// The server answers in one piece, so no multipart: errors then come as application/graphql-response+json.
// Subscriptions go over a WebSocket, opened when the first of them runs.
const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  subscriptionUrl: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  enableIncrementalDelivery: false,
});
const explorer = explorerPlugin();
const plugins = [HISTORY_PLUGIN, explorer];

// Open the explorer at a first visit, where there is room for it; later visits find what was left open.
function firstPlugin() {
  try {
    return localStorage.getItem('graphiql:tabState') === null && innerWidth >= 1400 ? explorer : undefined;
  } catch {
    return undefined;
  }
}

// French is full of signs that Monaco takes for mistakes in code: its apostrophe, its spaces before `$` and `»`.
const unicodeHighlight = { ambiguousCharacters: false, invisibleCharacters: false };

/** Shows texts as texts, and breaks long lines of the query where its pane ends, as GraphiQL does in the answer. */
function ReadableText() {
  const query = useGraphiQL((state) => state.queryEditor);
  const answer = useGraphiQL((state) => state.responseEditor);
  useEffect(() => query?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent', unicodeHighlight }), [query]);
  useEffect(() => answer?.updateOptions({ unicodeHighlight }), [answer]);
  return null;
}

// Monaco measures its letters once, so the font has to be there before the first editor.
await document.fonts.load('15px "Fira Code"').catch(() => {});

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} plugins={plugins} visiblePlugin={firstPlugin()} defaultTabs={examples}>
    <GraphiQL.Logo>
      <span className="entente-logo">entente</span>
    </GraphiQL.Logo>
    <ReadableText />
  </GraphiQL>,
);
