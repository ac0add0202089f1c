// The work of the demo's job: it runs the tests of a project.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const keptLines = 24;

/** Variables that would colour the output or make the runner believe that it is part of another test run. */
const disturbing = ['FORCE_COLOR', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'NODE_V8_COVERAGE'];

function calmEnvironment() {
  const calm = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && !disturbing.includes(name));
  return { ...Object.fromEntries(calm), NO_COLOR: '1' };
}

/** Runs `node --test` in a folder; returns the exit code, the counts, the TAP report and the last lines of output. */
export async function runTests(folder, { reportFile, signal }) {
  const startedAt = performance.now();
  const args = ['--test', '--test-reporter=spec', '--test-reporter-destination=stdout'];
  args.push('--test-reporter=tap', `--test-reporter-destination=${reportFile}`);
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: calmEnvironment(),
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  const [exitCode] = await ended;
  const report = await readFile(reportFile, 'utf8');
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '' && !isInnerFrame(line));
  return {
    exitCode,
    report,
    ...countTests(report),
    lastLines: lines.slice(-keptLines).join('\n'),
    ms: performance.now() - startedAt,
  };
}

/** Matches stack frames of Node.js itself, which would push the interesting part out of the last lines. */
function isInnerFrame(line) {
  return /^\s+at .*\(node:/.test(line);
}

function countTests(report) {
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(report)?.[1]);
  const failedNames = [...report.matchAll(/^\s*not ok \d+ - (.+)$/gm)].map((match) => match[1]);
  return { testCount: count('tests'), passedCount: count('pass'), failedCount: count('fail'), failedNames };
}

/** Returns the version in a project's package.json. */
export async function readVersion(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}
