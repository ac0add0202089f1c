// Kills servers: `npm run crash -- --kills 200 --seed 7`. The harness is compiled into a temporary folder, since
// Node.js 20 cannot run TypeScript; the folder is in node_modules/ so that packages resolve.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureFreshBuild } from './fresh-build.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.setSourceMapsEnabled(true);
const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(root, 'node_modules/.millrace-crash-'));

try {
  await ensureFreshBuild();
  // The harness starts scripts relative to its own folder.
  symlinkSync(join(root, 'scripts'), join(folder, 'scripts'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'test/support/crash');
  const { status } = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the harness does not compile');
  const { runCrash } = await import(pathToFileURL(join(folder, 'test/support/crash/run.js')).href);
  process.exitCode = await runCrash(process.argv.slice(2), root);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
