// @ts-check
// The frame of every benchmark: it cleans up, prints a table and writes a JSON file to bench/results/.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { base, build } from './builds.mjs';
import { profileRows } from './profiles.mjs';
import { Scratch } from './scratch.mjs';

const folder = new URL('../results/', import.meta.url);

/** @typedef {Record<string, string | number | undefined>} Row */

/**
 * Runs a benchmark, prints its rows as a table and writes them, with the machine and the commits, to
 * bench/results/<name>.json. What it opens with its Scratch is closed by then, however it ends.
 *
 * @param {string} name
 * @param {string} question what is asked
 * @param {(scratch: Scratch) => Promise<Row[]>} measure returns the rows
 */
export async function benchmark(name, question, measure) {
  const startedAt = performance.now();
  const rows = await Scratch.use(measure);
  const profile = profileRows();
  console.log(`\n${name}: ${question}`);
  console.table(rows);
  if (profile.length > 0) console.table(profile);
  mkdirSync(folder, { recursive: true });
  const result = {
    name,
    question,
    measuredAt: new Date().toISOString(),
    seconds: Math.round((performance.now() - startedAt) / 1000),
    commit: commitOf(build),
    base: base && commitOf(base),
    machine: { node: process.version, os: `${platform()} ${arch()}`, cpu: cpus()[0]?.model, cores: cpus().length },
    rows,
    profile: profile.length > 0 ? profile : undefined,
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
}

/**
 * Returns the commit of a build; `+` marks uncommitted changes.
 *
 * @param {URL} of
 */
function commitOf(of) {
  try {
    const command = ['describe', '--always', '--dirty=+'];
    return execFileSync('git', command, { cwd: of, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}
