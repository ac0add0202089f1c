import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commandPage, configurationPage } from '../scripts/configuration-page.mjs';
import { settings } from '../src/config/config.ts';
import { runnerSettings } from '../src/config/runner.ts';
import { workerSettings } from '../src/config/worker.ts';
import { brokenCitations } from './architecture/citations.ts';
import { importCycles } from './architecture/cycles.ts';
import { type RuntimeDependencies, undeclaredPackages, unexplainedDependencies } from './architecture/dependencies.ts';
import { badNames, incompleteProviders, longFiles } from './architecture/layout.ts';
import { unboundObjects } from './architecture/provider-objects.ts';
import { deadEntries, forbiddenImports, readImportRules, roomsOf } from './architecture/rooms.ts';
import { readFiles, report } from './architecture/source-file.ts';
import { impurities, narrowedTests } from './architecture/words.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = readFiles(root, 'src', ['.ts']);
const readmes = readFiles(root, 'src', ['README.md']);
const tests = readFiles(root, 'test', ['.ts', '.mjs']);
const scripts = [...readFiles(root, 'scripts', ['.mjs']), ...readFiles(root, 'bench', ['.mjs'])];
const { rules, findings: ruleFindings } = readImportRules(roomsOf(sources), readmes);

function page(path: string) {
  return { path, text: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8') };
}

const manifest = JSON.parse(page('package.json').text) as RuntimeDependencies;

test('each room has a README of at most 20 lines with one line that says what it may import', () => {
  expect(report([...ruleFindings, ...deadEntries(rules, [...sources, ...readmes])])).toEqual([]);
});

test('rooms import only what their README allows', () => {
  expect(report(forbiddenImports(rules, sources))).toEqual([]);
});

test('there are no import cycles', () => {
  expect(report(importCycles(sources))).toEqual([]);
});

test('the engine uses no clock, no randomness, no promises and no I/O', () => {
  expect(report(impurities(sources))).toEqual([]);
});

test('file names are specific, and there are no barrels', () => {
  expect(report(badNames([...sources, ...tests, ...scripts].map(({ path }) => path)))).toEqual([]);
});

test('no file is longer than 300 lines', () => {
  expect(report(longFiles([...sources, ...tests, ...scripts]))).toEqual([]);
});

test('no test is focused or skipped', () => {
  expect(report(narrowedTests([...sources, ...tests]))).toEqual([]);
});

test('each provider folder is complete and registered', () => {
  const paths = [...sources, ...readmes].map(({ path }) => path);
  const registry = sources.find(({ path }) => path === 'src/providers/index.ts');
  expect(report(incompleteProviders(paths, registry))).toEqual([]);
});

test('providers reach objects only under the role of their job', () => {
  expect(report(unboundObjects(sources))).toEqual([]);
});

test('every cited rule is in docs/decisions.md, and every rule there is cited', () => {
  const endings = ['.ts', '.mjs', '.js', '.py', '.sh', '.sql', '.md', '.cfg', '.conf', '.yaml', '.yml', '.service'];
  const folders = ['bench', 'bin', 'deploy', 'docs', 'examples', 'scripts', 'src', 'test'];
  const citing = [
    ...folders.flatMap((folder) => readFiles(root, folder, endings)),
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(page),
  ];
  // The page itself and the examples in this rule's tests cite nothing.
  const exempt = /^docs\/decisions\.md$|^test\/architecture\/citations\./;
  const files = citing.filter(({ path }) => !exempt.test(path));
  expect(report(brokenCitations(page('docs/decisions.md'), files))).toEqual([]);
});

test('every runtime dependency is declared and explained', () => {
  const explained = unexplainedDependencies(manifest, page('docs/dependencies.md'));
  expect(report([...explained, ...undeclaredPackages(manifest, sources)])).toEqual([]);
});

test('generated pages are fresh', () => {
  expect(page('docs/configuration.md').text, 'stale: run npm run generate').toBe(configurationPage(settings));
  const worker = page('docs/worker.md').text;
  expect(worker, 'stale: run npm run generate').toBe(commandPage(worker, 'worker', workerSettings));
  const runner = page('docs/runner.md').text;
  expect(runner, 'stale: run npm run generate').toBe(commandPage(runner, 'runner', runnerSettings));
});
