import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHttpJobSource, type HttpJobSource, type HttpJobSourceOptions } from './http-job-source.ts';
import { isRefusal } from './retry-until-settled.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Received {
  operation: string;
  headers: IncomingHttpHeaders;
  input: unknown;
}

let server: Server;
let received: Received[];
let answers: Record<string, { status?: number; body?: unknown }>;
const sources: HttpJobSource[] = [];

beforeEach(async () => {
  received = [];
  answers = {};
  server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    received.push({ operation, headers: request.headers, input: JSON.parse(await text(request)) });
    const { body, status = 200 } = answers[operation] ?? {};
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function sourceOf(options: Partial<HttpJobSourceOptions> = {}): HttpJobSource {
  const source = createHttpJobSource({
    actionTypeId: { category: 'Build', owner: 'Custom', provider: 'Make', version: '1' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    log: silent,
    ...options,
  });
  sources.push(source);
  return source;
}

const signal = new AbortController().signal;
const job = { id: 'job-1', nonce: '3' };

it('polls for jobs of its type and query, signed, without our extension', async () => {
  answers.PollForJobs = { body: { jobs: [job] } };
  expect(await sourceOf({ query: { ProjectName: 'web' } }).poll(4, signal)).toEqual([job]);
  expect(received[0]?.input).toEqual({
    actionTypeId: { category: 'Build', owner: 'Custom', provider: 'Make', version: '1' },
    maxBatchSize: 4,
    queryParam: { ProjectName: 'web' },
  });
  expect(received[0]?.headers.authorization).toContain('/eu-central-1/codepipeline/aws4_request');
  expect(received[0]?.headers).not.toHaveProperty('x-millrace-wait-seconds');
});

it('asks the server to hold the poll if configured, in a signed header', async () => {
  answers.PollForJobs = { body: {} };
  expect(await sourceOf({ waitSeconds: 20 }).poll(1, signal)).toEqual([]);
  expect(received[0]?.headers['x-millrace-wait-seconds']).toBe('20');
  expect(received[0]?.headers.authorization).toContain('x-millrace-wait-seconds');
});

it('acknowledges, refreshes and reports', async () => {
  const artifactCredentials = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' };
  answers.AcknowledgeJob = { body: { status: 'InProgress' } };
  answers.GetJobDetails = { body: { jobDetails: { id: 'job-1', data: { artifactCredentials } } } };
  const source = sourceOf();
  expect(await source.acknowledge(job)).toBe('InProgress');
  expect(await source.refresh(job)).toEqual({ id: 'job-1', data: { artifactCredentials } });
  await source.succeed(job, {
    outputVariables: { A: 'b' },
    currentRevision: { revision: 'r', changeIdentifier: 'c', created: 1700000000.5 },
  });
  await source.fail(job, { type: 'JobFailed', message: 'no' });
  expect(received.map(({ operation, input }) => [operation, input])).toEqual([
    ['AcknowledgeJob', { jobId: 'job-1', nonce: '3' }],
    ['GetJobDetails', { jobId: 'job-1' }],
    [
      'PutJobSuccessResult',
      {
        jobId: 'job-1',
        outputVariables: { A: 'b' },
        currentRevision: { revision: 'r', changeIdentifier: 'c', created: 1700000000.5 },
      },
    ],
    ['PutJobFailureResult', { jobId: 'job-1', failureDetails: { type: 'JobFailed', message: 'no' } }],
  ]);
});

const context = {
  pipelineName: 'site',
  pipelineExecutionId: 'run-1',
  action: { name: 'make', actionExecutionId: 'action-1' },
};
const watched = { ...job, data: { pipelineContext: context } };

it.each([
  ['InProgress', false],
  ['Abandoned', true],
  ['Failed', true],
])('takes a job whose action is %s as over: %s (ListActionExecutions)', async (status, isOver) => {
  answers.ListActionExecutions = { body: { actionExecutionDetails: [{ actionExecutionId: 'action-1', status }] } };
  expect(await sourceOf().isOver(watched)).toBe(isOver);
  expect(received[0]?.input).toMatchObject({ pipelineName: 'site', filter: { pipelineExecutionId: 'run-1' } });
});

it('treats a job of a deleted pipeline as over', async () => {
  answers.ListActionExecutions = { status: 400, body: { __type: 'PipelineNotFoundException' } };
  expect(await sourceOf().isOver(watched)).toBe(true);
});

it('stops asking once its key lacks the permission', async () => {
  const denied = { status: 400, body: { __type: 'AccessDeniedException' } };
  answers.ListActionExecutions = denied;
  answers.ListActionTypes = denied;
  const source = sourceOf();
  expect([await source.isOver(watched), await source.isOver(watched)]).toEqual([false, false]);
  expect([await source.secretProperties(), await source.secretProperties()]).toEqual([[], []]);
  expect(received.map(({ operation }) => operation)).toEqual(['ListActionExecutions', 'ListActionTypes']);
});

it('knows which properties are secret (behaviour A.5)', async () => {
  const property = (name: string, secret: boolean) => ({ name, secret, required: false, key: false });
  const type = (provider: string, actionConfigurationProperties: object[]) => ({
    id: { category: 'Build', owner: 'Custom', provider, version: '1' },
    actionConfigurationProperties,
  });
  const make = type('Make', [property('Project', false), property('Token', true)]);
  answers.ListActionTypes = { body: { actionTypes: [type('Other', [property('Project', true)]), make] } };
  expect(await sourceOf().secretProperties()).toEqual(['Token']);
});

it('distinguishes a rejection by its code from an unreachable server', async () => {
  answers.AcknowledgeJob = { status: 400, body: { __type: 'InvalidNonceException', message: 'taken' } };
  const refusal = await sourceOf()
    .acknowledge(job)
    .catch((error: Error) => error);
  expect([isRefusal(refusal), refusal]).toEqual([true, expect.objectContaining({ name: 'InvalidNonceException' })]);
  const unreachable = sourceOf({ endpoint: 'http://127.0.0.1:1' });
  const failure = await unreachable.acknowledge(job).catch((error: Error) => error);
  expect(isRefusal(failure)).toBe(false);
});
