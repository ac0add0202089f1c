// Ends a build: copies what the compiler leaves behind (the API model, the SQL of the migrations) and makes the program
// executable. The renamed mark keeps the time at which the build began, which is what its freshness is judged by.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const assets = [
  { folder: 'contract/', ending: '.json' },
  { folder: 'store/migrations/', ending: '.sql' },
];

for (const { folder, ending } of assets) {
  const from = new URL(`src/${folder}`, root);
  const to = new URL(`dist/${folder}`, root);
  const names = readdirSync(from).filter((name) => name.endsWith(ending));
  if (names.length === 0) throw new Error(`src/${folder} holds no ${ending} file: the build would be incomplete`);
  mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(new URL(name, from), new URL(name, to));
}
chmodSync(new URL('bin/millrace', root), 0o755);
renameSync(new URL('dist/.build-started', root), new URL('dist/.built', root));
