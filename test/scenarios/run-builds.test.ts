import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';

const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
const shop = fileURLToPath(new URL('../../examples/shop', import.meta.url));

/** Starts the example on a copy of its folder, which `change` may change before. */
async function startRun(options: string[], change: (folder: string) => Promise<void> = async () => undefined) {
  const folder = join(temporaryFolder(), 'shop');
  await cp(shop, folder, { recursive: true });
  await change(folder);
  const args = ['run', join(folder, 'pipeline.yaml'), '--source', `App=${folder}`, '--approve', 'all', ...options];
  const temporary = temporaryFolder();
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = once(child, 'close');
  const output = text(child.stdout);
  const errors = text(child.stderr);
  return {
    child,
    temporary,
    end: async () => ({ code: (await ended)[0], output: await output, errors: await errors }),
  };
}

interface Result {
  status: string;
  stages: { name: string; actions: { name: string; status: string; outputVariables: Record<string, string> }[] }[];
}

test('the example builds, tests, asks, builds again and deploys, twice with the same result', async () => {
  const results: Result[] = [];
  for (let count = 0; count < 2; count += 1) {
    const startedAt = performance.now();
    const { code, output, errors } = await (await startRun(['--json'])).end();
    expect(code, errors).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    results.push(JSON.parse(output.replaceAll(/"(durationMs|externalExecutionId|folder)": [^,\n]+/g, '"$1": 0')));
  }
  const [result] = results;
  const actions = result!.stages.flatMap((stage) =>
    stage.actions.map(({ name, status }) => `${stage.name}/${name} ${status}`),
  );
  expect(actions).toEqual([
    'Source/App Succeeded',
    'Build/Compile Succeeded',
    'Build/UnitTests Succeeded',
    'Release/Approve Succeeded',
    'Deploy/Package Succeeded',
    'Deploy/Publish Succeeded',
  ]);
  expect(result!.stages[1]!.actions[0]!.outputVariables).toEqual({ VERSION: '1.4.0' });
  expect(results[1]).toEqual(result);
}, 60_000);

test('the log of what fails is shown from the failing command on', async () => {
  const breakPrices = async (folder: string) => {
    const file = join(folder, 'src', 'page.mjs');
    await writeFile(file, (await readFile(file, 'utf8')).replace('toFixed(2)', 'toFixed(1)'));
  };
  const { code, output } = await (await startRun(['--only', 'Build'], breakPrices)).end();
  expect(code).toBe(4);
  expect(output).toContain('Build/Compile Succeeded');
  expect(output).toMatch(
    /Build\/UnitTests Failed in .*: Build terminated with state: FAILED\. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR/,
  );
  expect(output).toContain('\nLog of Build/UnitTests:\n');
  expect(output).toMatch(/ {2}│ .*names are escaped/);
  expect(output).toMatch(/ {2}│ \[Container\] .*Command did not exit successfully node --test .* exit status 1\n/);
  expect(output).toMatch(/\nPipeline shop Failed after .*\n {2}Build\/UnitTests Failed: Build terminated/);
}, 60_000);

test('an interrupted run ends its builds and leaves nothing', async () => {
  const marker = join(temporaryFolder(), 'pid');
  const sleep = (folder: string) =>
    writeFile(
      join(folder, 'ci', 'test.yml'),
      `version: 0.2\nphases: { build: { commands: ['echo $$ > ${marker}; exec sleep 600'] } }\n`,
    );
  const { child, temporary, end } = await startRun(['--only', 'Build'], sleep);
  const pid = await vi.waitFor(
    async () => {
      const found = Number(await readFile(marker, 'utf8'));
      if (!found) throw new Error('the build has not begun');
      return found;
    },
    { timeout: 40_000, interval: 100 },
  );
  child.kill('SIGINT');
  expect((await end()).code).toBe(130);
  expect(isRunning(pid)).toBe(false);
  expect(await readdir(temporary)).toEqual([]);
}, 60_000);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
