// node check-docs.mjs
//
// Every link between the repository's Markdown files leads to a file, and to a heading where it names one.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const problems = [];
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { encoding: 'utf8' });
const pages = listed.split('\n').filter((page) => page && existsSync(page));

/** A page's text without code, in which brackets are no links. */
const prose = (page) => readFileSync(page, 'utf8').replace(/^(```|~~~)[^]*?^\1/gm, '').replace(/`[^`\n]*`/g, '`code`');
/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (page) => {
  const seen = new Map();
  const text = readFileSync(page, 'utf8').replace(/^(```|~~~)[^]*?^\1/gm, '');
  return [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading]) => {
    const anchor = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times ? `${anchor}-${times}` : anchor;
  });
};

let links = 0;
for (const page of pages) {
  for (const [, target] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    links += 1;
    const [path, anchor] = target.split('#');
    const file = path ? normalize(join(dirname(page), decodeURI(path))) : page;
    if (!existsSync(file)) problems.push(`${page}: ${target}: there is no ${file}`);
    else if (anchor && !anchors(file).includes(decodeURI(anchor))) problems.push(`${page}: ${target}: ${file} has no such heading`);
  }
}

for (const problem of problems) console.log(problem);
console.log(`${pages.length} pages, ${links} links, ${problems.length || 'no'} wrong`);
process.exitCode = problems.length > 0 || links === 0 ? 1 : 0;
