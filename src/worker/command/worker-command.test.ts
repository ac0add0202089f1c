import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { defaultArchiveLimits } from '../archives/archive-limits.ts';
import { runWorkerCommand } from './worker-command.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

afterEach(() => vi.unstubAllEnvs());

it('performs a job with its command and reports the failure', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const received: [string, unknown][] = [];
  let reported: () => void = () => undefined;
  const report = new Promise<void>((resolve) => (reported = resolve));
  const job = { id: '0a1b2c3d-0000-4000-8000-000000000000', nonce: '3', data: {} };
  const answers: Record<string, unknown> = { AcknowledgeJob: { status: 'InProgress' } };
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    received.push([operation, JSON.parse(await text(request))]);
    const isFirst = received.length === 1;
    response.end(JSON.stringify(operation === 'PollForJobs' ? { jobs: isFirst ? [job] : [] } : answers[operation]));
    if (operation === 'PutJobFailureResult') reported();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const worker = await runWorkerCommand(
    {
      category: 'Build',
      provider: 'Make',
      version: '1',
      concurrency: 1,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      archiveLimits: defaultArchiveLimits,
      command: ['/bin/sh', '-c', 'exit 4'],
    },
    silent,
  );
  await report;
  await worker.stop();
  server.closeAllConnections();
  server.close();
  expect(received.filter(([operation]) => operation !== 'PollForJobs')).toEqual([
    ['AcknowledgeJob', { jobId: job.id, nonce: '3' }],
    ['ListActionTypes', { actionOwnerFilter: 'Custom' }],
    ['PutJobFailureResult', { jobId: job.id, failureDetails: { type: 'JobFailed', message: 'Exit code 4' } }],
  ]);
});
