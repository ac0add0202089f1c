// @ts-check
// The output of every benchmark: a table on the terminal and a JSON file in bench/results/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';

const folder = new URL('../results/', import.meta.url);

/**
 * Prints the rows as a table and writes them, with the machine and commit, to bench/results/<name>.json.
 *
 * @param {string} name the benchmark's
 * @param {string} question what was asked
 * @param {Record<string, string | number | undefined>[]} rows
 */
export function report(name, question, rows) {
  console.log(`\n${name}: ${question}`);
  console.table(rows);
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, os: `${platform()} ${arch()}`, cpu: cpus()[0]?.model, cores: cpus().length };
  const result = { name, question, measuredAt: new Date().toISOString(), commit: commit(), machine, rows };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** The measured commit; `+` marks uncommitted changes. */
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty=+'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}
