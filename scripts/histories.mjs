// Runs random histories of the engine: `npm run histories -- --steps 1000000 --seed 7`. They are compiled into a
// temporary folder, since Node.js 20 cannot run TypeScript and under a test runner they take twice as long.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-histories-'));

function run(...parts) {
  const { status } = spawnSync(process.execPath, parts, { stdio: 'inherit' });
  return status ?? 1;
}

try {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const status = run(compiler, '-p', join(root, 'test/support/histories'), '--outDir', folder);
  const program = join(folder, 'test/support/histories/run.js');
  process.exitCode = status || run('--enable-source-maps', program, ...process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
