import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { callJson } from '../support/hostile/call-json.ts';
import { createCustomPipeline, customType, pollCustom, registerTypes } from '../support/hostile/custom-pipeline.ts';
import { startWatchedServer } from '../support/hostile/watched-server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

/** The maximum number of references in a value of 1,000 characters. */
const everywhere = '#{a.v}'.repeat(166);
const properties = Array.from({ length: 10 }, (_, index) => `p${index}`);

interface Attempt {
  status: string;
  input: { configuration: Record<string, string>; resolvedConfiguration: Record<string, string> };
  output: { executionResult: { errorDetails?: { code: string; message: string } } };
}

/** Starts a server with a pipeline of 40 actions that refer to `a.v`; returns the job whose result is `v`. */
async function awaitingJob(value: string) {
  const folder = await temporaryFolder();
  // What a machine with 512 MiB leaves; on a larger one Node.js would use more before it fails.
  const server = await startWatchedServer(folder, { nodeOptions: ['--max-old-space-size=256'] });
  onTestFinished(async () => void (await server.end('SIGKILL')));
  const { url } = server;
  await registerTypes(url, properties);
  const configuration = Object.fromEntries(properties.map((name) => [name, value]));
  const actions = Array.from({ length: 40 }, (_, index) => ({
    name: `Use${index}`,
    actionTypeId: customType('Build'),
    configuration,
  }));
  await createCustomPipeline(url, 'expanding', [{ name: 'Build', actions }]);
  const [job] = await pollCustom(url, 'Source');
  const databaseBytes = () =>
    ['millrace.sqlite', 'millrace.sqlite-wal'].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const attempts = async () => {
    const { actionExecutionDetails } = await callJson<{ actionExecutionDetails: Attempt[] }>(
      url,
      'ListActionExecutions',
      { pipelineName: 'expanding' },
    );
    return actionExecutionDetails.filter(({ input }) => input.configuration.p0 !== undefined);
  };
  const report = (outputVariables: Record<string, string>) =>
    callJson(url, 'PutJobSuccessResult', { jobId: job?.id, outputVariables });
  return { server, databaseBytes, attempts, report };
}

test('a long variable that is referenced everywhere fails the actions and is not written', {
  timeout: 60_000,
}, async () => {
  const { server, databaseBytes, attempts, report } = await awaitingJob(everywhere);
  const before = databaseBytes();
  const { computedMs } = await server.longestPieceOf(() => report({ v: 'x'.repeat(122_000) }));
  expect(computedMs).toBeLessThan(150);
  expect(databaseBytes() - before).toBeLessThan(5 * 1024 * 1024);
  for (const { status, input, output } of await attempts()) {
    expect(status).toBe('Failed');
    expect(input.resolvedConfiguration).toEqual(input.configuration);
    expect(output.executionResult.errorDetails).toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining('The resolved configuration is larger than'),
    });
  }
});

test('forty actions of the maximum size need only a few megabytes', { timeout: 60_000 }, async () => {
  // 10 × 5,000 characters each; 40 actions may have 52,428 each.
  const { server, databaseBytes, attempts, report } = await awaitingJob('#{a.v}');
  const before = databaseBytes();
  const { computedMs } = await server.longestPieceOf(() => report({ v: 'x'.repeat(5000) }));
  expect(computedMs).toBeLessThan(150);
  expect(databaseBytes() - before).toBeLessThan(16 * 1024 * 1024);
  const all = await attempts();
  expect(all.length).toBeGreaterThan(0);
  expect(
    all.every(({ status, input }) => status === 'InProgress' && input.resolvedConfiguration.p9?.length === 5000),
  ).toBe(true);
  expect(await pollCustom(server.url, 'Build', 100)).not.toHaveLength(0);
});
