// @ts-check
// `npm run bench [-- name ...]`: the benchmarks named, or all of them, one after another, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureFreshBuild } from '../scripts/fresh-build.mjs';

const folder = fileURLToPath(new URL('./', import.meta.url));

/** @type {(command: string, args: string[]) => void} */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  process.exit(2);
}

// Peers are installed here only, and only when something is to be compared with them.
const { dependencies = {} } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
if (Object.keys(dependencies).some((name) => !existsSync(`${folder}node_modules/${name}`))) run('npm', ['ci']);

await ensureFreshBuild();
for (const name of names.length > 0 ? names : known) run(process.execPath, [`${name}.mjs`]);
