// node graphiql.mjs http://127.0.0.1:PORT [SCREENSHOT.png]
//
// Opens the GraphiQL page of a running server in Chromium (CHROMIUM, else /usr/bin/chromium) as a first visitor would, and
// runs its tabs. Nothing may be asked of another host, and the page must do under its own Content-Security-Policy.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [address, screenshot] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
if (!address) fail('usage: node graphiql.mjs http://127.0.0.1:PORT [SCREENSHOT.png]');
if (!existsSync(executablePath)) {
  fail(`there is no Chromium at ${executablePath}: install it (Debian: apt-get install chromium) or set CHROMIUM to its path`);
}
const { origin, hostname } = new URL(address);
const patience = 30_000;

let passed = 0;
let failed = 0;
const check = async (name, test) => {
  try {
    await test();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${error.message.split('\n').join('\n     ')}`);
  }
};
const expect = (condition, message) => {
  if (!condition) throw new Error(message);
};
const none = (list) => expect(list.length === 0, list.join('\n'));
const until = async (what, test) => {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const value = await test();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
};

// GraphiQL takes note of what is in its editors, and stores it, half a second after the last change.
const settle = () => new Promise((resolve) => setTimeout(resolve, 1_000));

const profile = mkdtempSync(join(tmpdir(), 'graphiql-browser-'));
const context = await chromium
  .launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`,
    ],
    locale: 'fr-CA',
    viewport: { width: 1600, height: 900 },
  })
  .catch((error) => {
    rmSync(profile, { recursive: true, force: true });
    return fail(`${executablePath} does not start: ${error.message}`);
  });

const elsewhere = [];
const violations = [];
const complaints = [];
try {
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin) return route.continue();
    elsewhere.push(`${route.request().method()} ${url}`);
    return route.abort();
  });
  await context.exposeFunction('reportViolation', (text) => violations.push(text));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      reportViolation(`${event.effectiveDirective}: ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`);
    });
  });

  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(patience);
  page.on('console', (message) => {
    const text = `${message.type()}: ${message.text()} (${message.location().url})`;
    if (/Content[- ]Security[- ]Policy/i.test(text)) violations.push(text);
    // Warnings too: the editor only warns when it can't start a worker or load a part of its own, and goes on without.
    else if (['error', 'warning'].includes(message.type())) complaints.push(text);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    if (new URL(request.url()).origin === origin) complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) elsewhere.push(socket.url());
  });

  const response = await page.goto(`${origin}/graphiql`);
  await check('/graphiql is an HTML page under a strict Content-Security-Policy', async () => {
    expect(response.status() === 200, `status ${response.status()}`);
    const type = await response.headerValue('content-type');
    expect(/^text\/html\b/.test(type ?? ''), `Content-Type: ${type}`);
    const policy = (await response.headerValue('content-security-policy')) ?? '';
    const directives = policy.split(';').map((directive) => directive.trim());
    for (const directive of ["default-src 'none'", "script-src 'self'", "worker-src 'self'"]) {
      expect(directives.includes(directive), `no \`${directive}\` in the policy: ${policy || 'there is none'}`);
    }
  });

  // The names of the operations, as the tabs are called.
  const examples = new URL('../../web/graphiql/examples/', import.meta.url);
  const names = readdirSync(examples).map((file) => /^query (\w+)/m.exec(readFileSync(new URL(file, examples), 'utf8'))[1]);
  const tabs = page.locator('.graphiql-tabs [role="tab"]');
  const tabTitles = async () => (await tabs.allInnerTexts()).map((text) => text.trim());

  await check('the editor is there, with the first example', async () => {
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    const text = await until('the first example in the editor', () => page.locator('.graphiql-query-editor .view-lines').innerText());
    expect(text.replaceAll('\u00a0', ' ').includes('query BaieJames2013'), text);
  });
  await check(`the ${names.length} examples are the tabs of a first visit`, async () => {
    const titles = await tabTitles();
    expect(titles[0] === 'BaieJames2013', `the first tab is ${titles[0]}`);
    expect([...titles].sort().join() === [...names].sort().join(), `tabs ${titles}, examples ${names}`);
  });
  await check('the explorer shows the schema and the fields that are asked for', async () => {
    const explorer = page.locator('.graphiql-explorer-root');
    await explorer.getByText('agreements', { exact: true }).first().waitFor();
    await explorer.getByText('contributions', { exact: true }).first().waitFor();
  });

  // A pane shows only some lines of a long text; the editor's model has all of it.
  const textOf = (file) =>
    page.evaluate((end) => {
      const models = globalThis.__MONACO?.editor.getModels() ?? [];
      return models.find((model) => model.uri.path.endsWith(end))?.getValue() ?? '';
    }, file);
  const answer = () => textOf('response.json');
  const run = async () => {
    await page.locator('button.graphiql-execute-button').click();
    await page.locator('.graphiql-spinner').waitFor({ state: 'detached' });
    const text = await until('an answer', answer);
    const { data, errors } = JSON.parse(text);
    expect(!errors, `errors: ${JSON.stringify(errors)}`);
    expect(data && Object.values(data).every((value) => value !== null), `no data: ${text}`);
    return text;
  };
  await check('the first tab answers with the agreement, and the pane shows it', async () => {
    const text = await run();
    expect(/Mobilisation\s*-\s*Diversité/i.test(text), text);
    const plain = (words) => words.replaceAll(/\s+/g, ' ');
    const title = plain(JSON.parse(text).data.agreement.title).slice(0, 30);
    const pane = page.locator('.result-window .view-lines');
    await until(`“${title}” in the pane`, async () => plain(await pane.innerText()).includes(title));
  });
  if (screenshot) {
    await page.mouse.move(0, 0);
    await settle();
    await page.screenshot({ path: screenshot });
  }
  for (const [index, title] of (await tabTitles()).entries()) {
    if (index === 0) continue;
    await check(`tab ${title} answers`, async () => {
      await tabs.nth(index).click();
      await until('the pane to be cleared', async () => (await answer()) === '');
      await settle();
      await run();
    });
  }
  await check('the query and its variables can be prettified', async () => {
    const [query, variables] = [await textOf('operation.graphql'), await textOf('variables.json')];
    await page.getByRole('button', { name: /Prettify/ }).click();
    const pretty = await until('a prettified query', async () => {
      const text = await textOf('operation.graphql');
      return text !== query && text;
    });
    expect(/^ +name\(language: EN\)$/m.test(pretty), pretty);
    expect(JSON.stringify(JSON.parse(variables)) === JSON.stringify(JSON.parse(await textOf('variables.json'))), 'other variables');
    await settle();
  });
  await check('the three workers of the editor run, from this origin', async () => {
    for (const name of ['editor', 'graphql', 'json']) {
      await until(`the ${name} worker`, () => page.workers().some((worker) => worker.url().startsWith(`${origin}/graphiql/`) && worker.url().includes(`${name}.worker`)));
    }
  });
  await check('the tabs are kept for the next visit', async () => {
    const before = await tabTitles();
    await settle();
    await page.reload();
    await tabs.first().waitFor();
    const after = await tabTitles();
    expect(before.join() === after.join(), `before ${before}, after ${after}`);
  });
  await check('a subscription is answered over a WebSocket', async () => {
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await settle();
    await page.evaluate((text) => {
      const models = globalThis.__MONACO.editor.getModels();
      models.find((model) => model.uri.path.endsWith('operation.graphql')).setValue(text);
    }, 'subscription Version { registryVersion }');
    await settle();
    await page.locator('button.graphiql-execute-button').click();
    await until('the version', async () => /"registryVersion": \d+/.test(await answer()));
    await page.locator('button.graphiql-execute-button').click();
  });
  await check('the page keeps to its Content-Security-Policy', () => none(violations));
  await check('nothing is asked of another host', () => none(elsewhere));
  await check('the console has no error and no warning', () => none(complaints));
} catch (error) {
  failed += 1;
  console.log(`FAIL ${error.stack}`);
} finally {
  await context.close().catch(() => {});
  rmSync(profile, { recursive: true, force: true });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function fail(message) {
  console.error(message);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
