// What a visitor downloads, held to bounds. Sizes are of the gzip files; KB are 1,000 bytes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BOUNDS = { firstScript: 175, firstStyle: 25, first: 200, chunk: 90, all: 550 };
const dist = fileURLToPath(new URL('../../spl-server/src/daemon_server/console/dist', import.meta.url));

const assets = (await readdir(join(dist, 'assets'))).filter((name) => /\.(js|css)$/.test(name));
const sizes = new Map();
for (const name of assets) {
  sizes.set(name, gzipSync(await readFile(join(dist, 'assets', name)), { level: 9 }).length / 1000);
}

// The page names its script; that script names, statically, what it can't begin without. The overview is the first page.
const page = await readFile(join(dist, 'index.html'), 'utf8');
const first = new Set([...page.matchAll(/assets\/([\w.-]+\.(?:js|css))/g)].map((match) => match[1]));
for (const name of assets) if (/^OverviewPage-/.test(name)) first.add(name);
for (const name of first) {
  if (!name.endsWith('.js')) continue;
  const text = await readFile(join(dist, 'assets', name), 'utf8');
  for (const match of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) first.add(match[1]);
}

const sum = (names) => [...names].reduce((total, name) => total + (sizes.get(name) ?? 0), 0);
const ends = (end) => [...first].filter((name) => name.endsWith(end));
const figures = {
  firstScript: sum(ends('.js')),
  firstStyle: sum(ends('.css')),
  first: sum(first),
  chunk: Math.max(0, ...assets.filter((name) => !first.has(name)).map((name) => sizes.get(name))),
  all: sum(assets),
};

let over = false;
for (const [name, bound] of Object.entries(BOUNDS)) {
  const figure = figures[name];
  const verdict = figure <= bound ? 'ok' : 'TOO LARGE';
  over ||= figure > bound;
  console.log(`${name.padEnd(12)} ${figure.toFixed(1).padStart(7)} KB of ${bound} KB  ${verdict}`);
}
if (over) {
  for (const [name, size] of [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 20)) {
    console.log(`  ${first.has(name) ? 'first' : 'later'} ${size.toFixed(1).padStart(7)} KB  ${name}`);
  }
  process.exit(1);
}
