import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pipelineName, startStory, waitForStatus } from '../support/pipelines/scenario.ts';
import { serve, type TestServer } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';
import { startCommandWorker, type WorkerProcess } from '../support/workers/worker-process.ts';

/** Whether a process is running; one that has ended but is not yet reaped by pid 1 does not count. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tZ');
  return !/^State:\t[ZX]/m.test(status);
}

interface Busy {
  server: TestServer;
  executionId: string;
  worker: WorkerProcess;
  /** The pids of the running job's command and of a process that it started. */
  pids: number[];
}

/** Starts a worker whose command ignores SIGTERM, as does a process that the command has started. */
async function startBusy(options: string[] = []): Promise<Busy> {
  const server = await serve();
  const executionId = await startStory(server.codePipeline(), server.s3());
  const file = join(await temporaryFolder(), 'pids');
  const script = `trap '' TERM HUP; sleep 300 & echo "$$ $!" > '${file}'; echo started; wait; sleep 300`;
  const worker = startCommandWorker(server.url, script, options);
  await worker.saw(/\] started/);
  return { server, executionId, worker, pids: (await readFile(file, 'utf8')).trim().split(' ').map(Number) };
}

async function failureOf({ server }: Busy): Promise<string | undefined> {
  const { stageStates } = await server.codePipeline().send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0]?.latestExecution?.errorDetails?.message;
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s says how many jobs it waits for and how long; once more ends the command and reports the failure',
  async (signal) => {
    const busy = await startBusy(['--stop-grace', '250']);
    const { executionId, pids, server, worker } = busy;
    worker.kill(signal);
    await worker.saw(/takes no more jobs and waits up to 250 s for 1 running job; stop it again/);
    for (const pid of pids) expect(await isRunning(pid)).toBe(true);
    const askedAt = performance.now();
    worker.kill(signal);
    expect(await worker.ended).toBe(0);
    // Takes 0.9 s; the bound allows for a busy machine.
    expect(performance.now() - askedAt).toBeLessThan(6000);
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
    await waitForStatus(server.codePipeline(), executionId, 'Failed');
    expect(await failureOf(busy)).toBe('The worker was stopped before the job was done.');
    expect(worker.printed()).toMatch(/worker ended: 1 failed/);
  },
);

test('a third signal ends the worker and its command at once', async () => {
  const { pids, worker } = await startBusy();
  worker.kill('SIGINT');
  await worker.saw(/takes no more jobs/);
  worker.kill('SIGINT');
  await worker.saw(/ending 1 running job now/);
  worker.kill('SIGINT');
  expect(await worker.ended).toBe(130);
  for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
});

test('a worker whose terminal is closed stops as for any other signal', async () => {
  const busy = await startBusy(['--stop-grace', '0.1']);
  busy.worker.kill('SIGHUP');
  await busy.worker.saw(/takes no more jobs/);
  busy.worker.kill('SIGHUP');
  expect(await busy.worker.ended).toBe(0);
  for (const pid of busy.pids) await expect.poll(() => isRunning(pid)).toBe(false);
  await waitForStatus(busy.server.codePipeline(), busy.executionId, 'Failed');
});
