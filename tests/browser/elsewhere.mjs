// node elsewhere.mjs http://127.0.0.1:PORT
//
// A page of another site, in Chromium (CHROMIUM, else /usr/bin/chromium), asks a running server: it may read answers, and
// can't do anything that its site was not allowed to ask for.
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [address] = process.argv.slice(2);
if (!address) {
  console.error('usage: node elsewhere.mjs http://127.0.0.1:PORT');
  process.exit(2);
}
let passed = 0;
let failed = 0;
const check = (name, seen, expected) => {
  const same = JSON.stringify(seen) === JSON.stringify(expected);
  if (same) passed += 1;
  else failed += 1;
  console.log(same ? `ok   ${name}` : `FAIL ${name}\n     ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`);
};

// Another port is another site to a browser.
const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>'));
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
const profile = mkdtempSync(join(tmpdir(), 'elsewhere-browser-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  const api = `${address}/graphql`;
  const ask = (url, options) =>
    page.evaluate(
      ([url, options]) => {
        const { form, typeless, ...rest } = options;
        if (form) rest.body = Object.entries(form).reduce((data, [name, value]) => (data.append(name, value), data), new FormData());
        if (typeless) rest.body = new Blob([typeless]);
        return fetch(url, rest).then(
          async (response) => ({
            status: response.status,
            body: await response.text(),
            seen: ['etag', 'x-request-id', 'cache-status', 'content-language'].filter((name) => response.headers.get(name)),
          }),
          (error) => ({ failed: error.message }),
        );
      },
      [url, options],
    );
  const body = JSON.stringify({ query: '{ __typename }' });
  const data = '{"data":{"__typename":"Query"}}';

  const posted = await ask(api, { method: 'POST', headers: { 'content-type': 'application/json', 'x-apollo-operation-name': 'A', traceparent: '00-1' }, body });
  check('a page elsewhere reads an answer to POST', [posted.status, posted.body], [200, data]);
  const got = await ask(`${api}?query=%7B__typename%7D`, {});
  check('and to GET', [got.status, got.body], [200, data]);
  check('with its headers', got.seen, ['etag', 'x-request-id', 'cache-status', 'content-language']);
  const refused = await ask(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{"}' });
  check('and refusals', refused.body.includes('GRAPHQL_PARSE_FAILED'), true);
  check('not with cookies', 'failed' in (await ask(`${api}?query=%7B__typename%7D`, { credentials: 'include' })), true);
  check('nor by another method', 'failed' in (await ask(api, { method: 'DELETE' })), true);

  // What a browser sends without asking first.
  for (const [name, options] of [
    ['text/plain', { headers: { 'content-type': 'text/plain' }, body }],
    ['text/plain that speaks of JSON', { headers: { 'content-type': 'text/plain; application/json' }, body }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=%7B__typename%7D' }],
    ['a form with files', { form: { query: '{ __typename }', operations: body } }],
    ['no type at all', { typeless: body }],
  ]) {
    const reply = await ask(api, { method: 'POST', ...options });
    check(`${name} is refused`, [reply.status, reply.body?.includes('BAD_REQUEST')], [415, true]);
    const blind = await ask(api, { method: 'POST', mode: 'no-cors', ...options });
    check(`${name} says nothing to whoever doesn't ask`, [blind.status, blind.body], [0, '']);
  }

  // A page that sends its reader over with a form.
  await page.evaluate((api) => {
    document.body.innerHTML = `<form method="post" action="${api}" enctype="text/plain"><input name='{"query":"{ __typename }","x":"' value='"}'></form>`;
    document.forms[0].submit();
  }, api);
  await page.waitForURL(api);
  check('a form that looks like JSON is refused', (await page.content()).includes('BAD_REQUEST'), true);
} finally {
  await context.close();
  site.close();
  rmSync(profile, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
