import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const demo = fileURLToPath(new URL('../../examples/demo/demo.mjs', import.meta.url));

function startDemo() {
  const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const output = text(child.stdout);
  const complaints = text(child.stderr);
  return {
    child,
    end: async () => ({ exitCode: (await ended)[0], output: await output, complaints: await complaints }),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the demo completes all its steps in time and shows no secret', { timeout: 60_000 }, async () => {
  const startedAt = performance.now();
  const { exitCode, output, complaints } = await startDemo().end();
  expect(complaints).toBe('');
  expect(exitCode).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  expect(output).not.toMatch(/(ASIA|AKIA)[A-Z0-9]{8,}/);
  // Output that is not a terminal has no colours.
  expect(output).not.toContain('\x1b');

  const lines = output.split('\n').map((line) => line.trim());
  const inThisOrder = [
    /ready at http:\/\/127\.0\.0\.1:\d+/,
    /registered the action type Test \/ Custom \/ JenkinsProviderName \/ 1$/,
    /PollForJobs \{ProjectName: AnotherProject\}: nothing$/,
    /PollForJobs \{ProjectName: JenkinsTestProject\}: one job/,
    /AcknowledgeJob with the nonce \d+: InvalidNonceException$/,
    /acknowledged the job: InProgress/,
    /reading another key of the same bucket: AccessDenied$/,
    /listing the bucket: AccessDenied$/,
    /overwriting the input: AccessDenied$/,
    /PollForJobs: AccessDeniedException$/,
    /ran node --test: 7 of 7 passed/,
    /PutJobSuccessResult: "7 tests passed"$/,
    /: Succeeded$/,
    /read demo-releases\/reports\/1\.4\.0\/: report\.tap, summary\.json$/,
    /ran node --test: 2 of 7 failed/,
    /: Failed$/,
    /GetPipelineState: stage Test Failed, errorDetails JobFailed$/,
    /Deploy did not run again$/,
    /stopped at SIGTERM with exit code 0$/,
    /removed the data folder$/,
    /expectations were checked, and all of them were met\.$/,
  ];
  let from = 0;
  for (const pattern of inThisOrder) {
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    expect(at, `${pattern} after line ${from} of:\n${output}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
});

test('an interrupted demo leaves neither its server nor its folder behind', { timeout: 60_000 }, async () => {
  const { child, end } = startDemo();
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes('created the buckets')) child.kill('SIGINT');
  });
  const { exitCode, output } = await end();
  expect(exitCode).toBe(130);
  const pid = Number(/\(process (\d+),/.exec(output)?.[1]);
  const folder = /--data (\S+)/.exec(output)?.[1] ?? '';
  expect(pid).toBeGreaterThan(1);
  expect(isRunning(pid)).toBe(false);
  expect(folder).toContain('millrace-demo-');
  expect(existsSync(dirname(folder))).toBe(false);
});
