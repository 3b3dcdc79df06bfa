// Who may import whom: components and lib know nothing of the product, features know nothing of the app around them.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAY = {
  lib: ['lib'],
  api: ['api', 'lib'],
  live: ['live', 'api', 'lib'],
  components: ['components', 'lib', 'api', 'live'],
  words: ['words', 'components', 'lib', 'api'],
  features: ['features', 'words', 'components', 'live', 'api', 'lib', 'testing'],
  app: ['app', 'features', 'words', 'components', 'live', 'api', 'lib', 'testing'],
  testing: ['testing', 'api', 'lib', 'app', 'live', 'components'],
};
const src = fileURLToPath(new URL('../src', import.meta.url));
const wrong = [];

for (const entry of await readdir(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
  const path = relative(src, join(entry.parentPath, entry.name));
  const room = path.split(sep)[0];
  const allowed = MAY[room];
  if (!allowed) continue;
  const text = await readFile(join(src, path), 'utf8');
  if (/@ts-(ignore|nocheck|expect-error)/.test(text)) wrong.push(`${path} silences the type checker`);
  for (const match of text.matchAll(/from '@\/(\w+)/g)) {
    if (/\.test\.tsx?$/.test(path) && match[1] === 'testing') continue;
    if (!allowed.includes(match[1])) wrong.push(`${path} imports from ${match[1]}`);
  }
}

for (const line of wrong) console.error(line);
process.exit(wrong.length ? 1 : 0);
