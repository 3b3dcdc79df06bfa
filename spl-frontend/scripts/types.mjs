// The types of the API, from the server's committed document. With --check: are those in the tree the same?
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../spl-server/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);
const text = `// Written by \`npm run types\` from spl-server/openapi.json.\n\n${astToString(await openapiTS(source, { defaultNonNullable: false }))}`;

if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf8').catch(() => '');
  if (found !== text) {
    console.error('src/api/schema.d.ts is not what spl-server/openapi.json says. Run `npm run types`.');
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
