// node build.mjs            builds the page into dist/
// node build.mjs --check    builds it in memory and says whether dist/ is what these sources give
//
// Text is stored compressed with brotli only (`*.br`), fonts as they are. What lies in assets/ bears a hash of its content
// in its name. The same sources give the same bytes, in whatever folder they lie.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const page = '/graphiql';
const publicPath = `${page}/assets`;

const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};
const isFont = (name) => contentTypes[extname(name)].startsWith('font/');
const storedAs = (name) => (isFont(name) ? name : `${name}.br`);

const options = {
  absWorkingDir: here,
  // Prettier's old names mean its UMD builds, whose exports are not found once they are split into files of their own.
  alias: { 'prettier/parser-babel': 'prettier/plugins/babel', 'prettier/parser-graphql': 'prettier/plugins/graphql' },
  bundle: true,
  charset: 'utf8',
  define: { 'process.env.NODE_ENV': '"production"' },
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  legalComments: 'none', // licenses.txt has them all
  loader: { '.graphql': 'text', '.svg': 'copy', '.ttf': 'file', '.woff': 'file', '.woff2': 'file' },
  logLevel: 'warning',
  metafile: true,
  minify: true,
  outdir: 'dist/assets',
  publicPath,
  target: 'es2022',
  write: false,
};

/**
 * @graphiql/react brings its fonts as data: URLs inside its style sheets, for six scripts. Makes files of those for Latin
 * letters, which the browser then loads as it needs them; other scripts are shown in the system's fonts.
 */
const fonts = {
  name: 'fonts',
  setup({ onLoad, onResolve }) {
    const files = new Map();
    onLoad({ filter: /[/\\]font[/\\][a-z-]+\.css$/ }, ({ path }) => {
      const faces = readFileSync(path, 'utf8').match(/@font-face\s*\{[^}]*\}/g);
      const kept = faces.filter((face) => /unicode-range:\s*U\+0(000-00FF|100-024F)/.test(face));
      if (kept.length * 2 > faces.length || kept.length < 2) throw new Error(`${path}: not the fonts that were expected`);
      const contents = kept.map((face) => {
        const field = (name) => new RegExp(`${name}:\\s*([^;]+);`).exec(face)[1].trim();
        const [, format, base64] = /url\(data:font\/(woff2?);base64,([^)]+)\)/.exec(face);
        const script = /U\+0000-00FF/.test(face) ? 'latin' : 'latin-ext';
        const style = field('font-style') === 'normal' ? '' : `-${field('font-style')}`;
        const name = `${field('font-family').toLowerCase().replace(' ', '-')}-${script}-${field('font-weight')}${style}.${format}`;
        files.set(name, Buffer.from(base64, 'base64'));
        return face.replace(/url\([^)]+\)/, `url(font:${name})`);
      });
      return { contents: contents.join('\n'), loader: 'css', resolveDir: dirname(path) };
    });
    onResolve({ filter: /^font:/ }, ({ path }) => ({ path: path.slice('font:'.length), namespace: 'font' }));
    onLoad({ filter: /.*/, namespace: 'font' }, ({ path }) => ({ contents: files.get(path), loader: 'file' }));
  },
};

/** Builds everything: a map from the path in dist/ (without `.br`) to its uncompressed bytes. */
async function buildAll() {
  const files = new Map();
  const inputs = new Set();
  const take = ({ outputFiles, metafile }) => {
    for (const file of outputFiles) files.set(`assets/${relative(join(here, 'dist/assets'), file.path)}`, file.contents);
    for (const input of Object.keys(metafile.inputs)) inputs.add(input);
    return metafile.outputs;
  };
  const outputOf = (outputs, entryPoint) => Object.entries(outputs).find(([, output]) => output.entryPoint === entryPoint);
  const address = (path) => `${publicPath}/${path.split('/').at(-1)}`;

  // The workers first: the page has to know their names.
  const workers = {
    EDITOR_WORKER: 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js',
    GRAPHQL_WORKER: 'node_modules/monaco-graphql/esm/graphql.worker.js',
    JSON_WORKER: 'node_modules/monaco-editor/esm/vs/language/json/json.worker.js',
  };
  const workerOutputs = take(await build({ ...options, entryPoints: Object.values(workers), format: 'iife' }));
  const workerAddresses = Object.entries(workers).map(([name, entryPoint]) => [
    name,
    JSON.stringify(address(outputOf(workerOutputs, entryPoint)[0])),
  ]);

  const outputs = take(
    await build({
      ...options,
      define: { ...options.define, ...Object.fromEntries(workerAddresses) },
      entryPoints: ['src/main.jsx', 'src/icon.svg'],
      format: 'esm',
      jsx: 'automatic',
      plugins: [fonts],
      splitting: true,
    }),
  );

  // The editor is loaded by `import()`, for which esbuild makes style sheets that nothing loads: several, all part of
  // the one of monaco-editor.js. The page links that one and the others are dropped.
  const [main, { cssBundle }] = outputOf(outputs, 'src/main.jsx');
  const [editor, { cssBundle: editorCss }] = outputOf(outputs, 'node_modules/monaco-graphql/esm/monaco-editor.js');
  const [language] = outputOf(outputs, 'node_modules/monaco-graphql/esm/lite.js');
  for (const [path, { inputs: styles }] of Object.entries(outputs)) {
    if (!path.endsWith('.css') || path === cssBundle || path === editorCss) continue;
    const lost = Object.keys(styles).filter((style) => !(style in outputs[editorCss].inputs));
    if (lost.length > 0) throw new Error(`${path} has styles that the page would not load: ${lost}`);
    files.delete(path.replace('dist/', ''));
  }

  // What every visit loads, so that it is fetched at once and not link by link.
  const atOnce = new Set();
  const follow = (path) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { kind, path: next } of outputs[path].imports) if (kind === 'import-statement') follow(next);
  };
  for (const path of [main, editor, language]) follow(path);
  atOnce.delete(main);

  const named = (pattern) => address([...files.keys()].find((path) => pattern.test(path)));
  const head = [
    `<link rel="preload" as="font" type="font/woff" href="${named(/fira-code-latin-400-/)}" crossorigin>`,
    ...[editorCss, cssBundle].map((path) => `<link rel="stylesheet" href="${address(path)}">`),
    ...[...atOnce].sort().map((path) => `<link rel="modulepreload" href="${address(path)}">`),
    `<script type="module" src="${address(main)}"></script>`,
  ];
  const html = readFileSync(join(here, 'src/index.html'), 'utf8')
    .replace('%icon%', named(/\/icon-/))
    .replace('%head%', head.map((line) => `    ${line}`).join('\n'));
  files.set('index.html', Buffer.from(html));
  files.set('licenses.txt', Buffer.from(licenses(inputs)));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The licences of every package that went into the files. */
function licenses(inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.split(sep).join('/')) ?? [];
    if (!folder || packages.has(folder)) continue;
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
    const texts = readdirSync(join(here, folder))
      .filter((file) => /^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(here, folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
    packages.set(folder, { title: `${name} ${version} (${license})`, texts });
  }
  const parts = [...packages.values()]
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ title, texts }) => [title, ...texts].join('\n\n'));
  const intro = `The page at /graphiql is made of the packages below and of three fonts that they bring along: Roboto (Apache-2.0,
https://www.apache.org/licenses/LICENSE-2.0), Fira Code (OFL-1.1, https://openfontlicense.org) and Codicons (CC-BY-4.0,
https://creativecommons.org/licenses/by/4.0/).`;
  return [...new Set([intro, ...parts])].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}

function compress(bytes) {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Says what differs from dist/. Compares what the files hold: another version of brotli may pack the same otherwise. */
function check(files) {
  const holds = (name, bytes) => {
    const stored = readFileSync(join(dist, name));
    if (!name.endsWith('.br')) return stored.equals(bytes);
    try {
      const { buffer, engine } = brotliDecompressSync(stored, { info: true });
      return buffer.equals(bytes) && engine.bytesWritten === stored.length;
    } catch {
      return false;
    }
  };
  const expected = new Map([...files].map(([name, bytes]) => [storedAs(name), bytes]));
  if (!existsSync(dist)) return ['is missing'];
  const found = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'));
  const problems = [];
  for (const [name, bytes] of expected) {
    if (!found.includes(name)) problems.push(`${name} is missing`);
    else if (!holds(name, bytes)) problems.push(`${name} differs`);
  }
  for (const name of found) if (!expected.has(name)) problems.push(`${name} should not be there`);
  return problems;
}

const files = await buildAll();
if (process.argv.includes('--check')) {
  const problems = check(files);
  for (const problem of problems) console.error(`dist: ${problem}`);
  console.log(problems.length > 0 ? 'dist is not current: run `node build.mjs`' : `dist is current (${files.size} files)`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} else {
  rmSync(dist, { recursive: true, force: true });
  let total = 0;
  for (const [name, bytes] of files) {
    const stored = isFont(name) ? bytes : compress(bytes);
    const path = join(dist, storedAs(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, stored);
    total += stored.length;
    console.log(`${String(stored.length).padStart(9)} ${name} (${contentTypes[extname(name)]})`);
  }
  console.log(`${files.size} files, ${(total / 1e6).toFixed(2)} MB`);
}
