// Generates the pages of docs/ that come from tables in the code. `--check` fails if one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { compatibilityPage } from './compatibility-page.mjs';
import { commandPage, configurationPage } from './configuration-page.mjs';
import { ensureFreshBuild } from './fresh-build.mjs';
import { ownApiPage } from './own-api-page.mjs';

await ensureFreshBuild();
const { operations } = await import('../dist/api/codepipeline/index.js');
const { serviceOperations } = await import('../dist/api/services/index.js');
const { ownOperations } = await import('../dist/api/millrace/index.js');
const { ownOperationNames, operationOf, shapeOf } = await import('../dist/contract/model.js');
const { settings } = await import('../dist/config/config.js');
const { runnerSettings } = await import('../dist/config/runner.js');
const { workerSettings } = await import('../dist/config/worker.js');

function currentText(path) {
  try {
    return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

const ownModel = {
  operations: Object.fromEntries(ownOperationNames.map((name) => [name, operationOf(name)])),
  shapeOf,
};
const pages = [
  {
    path: 'docs/compatibility.md',
    text: compatibilityPage(currentText('docs/compatibility.md'), operations, serviceOperations),
  },
  { path: 'docs/configuration.md', text: configurationPage(settings) },
  { path: 'docs/worker.md', text: commandPage(currentText('docs/worker.md'), 'worker', workerSettings) },
  { path: 'docs/runner.md', text: commandPage(currentText('docs/runner.md'), 'runner', runnerSettings) },
  { path: 'docs/own-api.md', text: ownApiPage(ownModel, ownOperations) },
];

const stale = pages.filter(({ path, text }) => currentText(path) !== text);
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is stale: run npm run generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, text } of stale) writeFileSync(new URL(`../${path}`, import.meta.url), text);
}
