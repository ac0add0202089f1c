// Builds dist/: empties it, compiles, copies the API models and the migrations' SQL, and makes the program executable.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);
const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
const assets = [
  { folder: 'contract/', ending: '.json' },
  { folder: 'contract/services/', ending: '.json' },
  { folder: 'store/migrations/', ending: '.sql' },
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// Its time of change is when the build started; sources that change during the build are newer.
writeFileSync(new URL('.build-started', dist), '');
for (const project of ['tsconfig.build.json', 'tsconfig.types.json']) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
for (const { folder, ending } of assets) {
  const from = new URL(`src/${folder}`, root);
  const to = new URL(folder, dist);
  const names = readdirSync(from).filter((name) => name.endsWith(ending));
  if (names.length === 0) throw new Error(`src/${folder} holds no ${ending} file: the build would be incomplete`);
  mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(new URL(name, from), new URL(name, to));
}
chmodSync(new URL('bin/millrace', root), 0o755);
renameSync(new URL('.build-started', dist), new URL('.built', dist));
