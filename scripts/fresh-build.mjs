// Makes sure that dist/ is what the sources say, building it at most once however many processes ask at the same time.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const lock = new URL('node_modules/.millrace-build/', root);
const lockIsStaleAfterMs = 180_000;
const pauseMs = 100;

function changedAt(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// Folders count too: a deleted or renamed file leaves no other trace.
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
    'scripts/copy-assets.mjs',
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
    await pause(pauseMs);
  }
}

/** Builds dist/ unless it is newer than every source; throws with the compiler's messages when it does not build. */
export async function ensureFreshBuild() {
  if (isFresh()) return;
  await takeLock();
  try {
    if (!isFresh()) build();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
