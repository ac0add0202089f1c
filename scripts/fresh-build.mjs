// Builds dist/ if the sources have changed, once for any number of concurrent processes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const lock = new URL('node_modules/.millrace-build/', root);
const lockIsStaleAfterMs = 180_000;
const retryAfterMs = 100;

function changedAt(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// Includes folders, since a deleted or renamed file leaves no other trace.
function newestSource() {
  const entries = readdirSync(new URL('src/', root), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isDirectory() || /(?<!\.test)\.(ts|json|sql)$/.test(entry.name))
    .map((entry) => `${entry.parentPath.slice(fileURLToPath(root).length)}/${entry.name}`);
  const others = [
    'src',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.types.json',
    'scripts/build.mjs',
  ];
  return Math.max(...[...paths, ...others].map(changedAt));
}

function isFresh() {
  return changedAt('dist/.built') > newestSource();
}

function build() {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`dist/ could not be built:\n${stdout}${stderr}`);
}

async function takeLock() {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const takenAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - takenAt > lockIsStaleAfterMs) rmSync(lock, { recursive: true, force: true });
    await sleep(retryAfterMs);
  }
}

/** Builds dist/ unless it is newer than all sources; throws the compiler's messages if that fails. */
export async function ensureFreshBuild() {
  if (isFresh()) return;
  await takeLock();
  try {
    if (!isFresh()) build();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
