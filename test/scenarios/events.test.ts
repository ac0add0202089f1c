import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AcknowledgeJobCommand, CreatePipelineCommand, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { EventDelivery } from '../../src/contract/generated.ts';
import { runCommandLine } from '../../src/main.ts';
import type { Event } from '../../src/model/event.ts';
import { startReceiver } from '../support/events/receiver.ts';
import {
  pipelineName,
  pollOne,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { callOwn, createKey } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';

const patient = { timeout: 15_000, interval: 20 };
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

/** Starts a server and a receiver, and declares the receiver as the target `chat`. */
async function setUp(members = '') {
  const behaviour = { answer: (response: ServerResponse, _event: Event): void => void response.end() };
  const receiver = await startReceiver(({ body }, response) => behaviour.answer(response, JSON.parse(body) as Event));
  onTestFinished(receiver.close);
  const server = await serve();
  const millrace = (...args: string[]) => runMillrace(...args, '--data', server.folder);
  const file = join(server.folder, 'targets.yaml');
  const apply = async (url = receiver.url) => {
    const target = `  - name: chat\n    type: http\n    url: ${url}\n    secret: ${secret}\n${members}`;
    await writeFile(file, `eventTargets:\n${target}`);
    expect(await millrace('apply', '-f', file)).toMatchObject({ code: 0 });
  };
  const client = server.codePipeline();
  /** Runs a pipeline up to the job of its second stage, which a worker then does. */
  const runPipeline = async () => {
    await registerJenkins(client);
    await prepareBuckets(server.s3());
    const pipeline = threeStages({ ...testAction, outputArtifacts: [] });
    await client.send(new CreatePipelineCommand({ pipeline: { ...pipeline, stages: pipeline.stages?.slice(0, 2) } }));
    const job = await pollOne(client);
    await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  };
  const statesOf = () =>
    receiver.received.map(({ body }) => {
      const { detail } = JSON.parse(body) as Event;
      return [detail.stage, detail.action, detail.state].filter((text) => text !== undefined).join(' ');
    });
  const list = async (status?: string) =>
    (await callOwn<{ deliveries: EventDelivery[] }>(server.url, 'ListEventDeliveries', { status })).answer.deliveries;
  return { server, receiver, behaviour, millrace, apply, runPipeline, statesOf, list };
}

const wholeRun = [
  'STARTED',
  'Source STARTED',
  'Source Source STARTED',
  'Source Source SUCCEEDED',
  'Source SUCCEEDED',
  'Testing STARTED',
  'Testing JenkinsTestAction STARTED',
  'Testing JenkinsTestAction SUCCEEDED',
  'Testing SUCCEEDED',
  'SUCCEEDED',
];

test('a target hears of every change of a run, in order, and only from its declaration on', async () => {
  const { server, receiver, apply, runPipeline, statesOf, millrace } = await setUp();
  await apply();
  await runPipeline();
  await vi.waitFor(() => expect(statesOf()).toEqual(wholeRun), patient);
  const events = receiver.received.map(({ body }) => JSON.parse(body) as Event);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(events[0]).toMatchObject({ source: 'aws.codepipeline', detail: { pipeline: pipelineName } });
  const { printed } = await millrace('events', '--pipeline', pipelineName);
  expect(printed).toHaveLength(wholeRun.length);
  expect(printed[6]).toMatch(/^\S+Z {2}MySecondPipeline\/Testing\/JenkinsTestAction {2}STARTED {2}CodePipeline Action/);
  const asJson = await millrace('events', '--json');
  expect(asJson.printed.map((line) => JSON.parse(line) as Event)).toEqual(events);
  expect((await millrace('events', 'deliveries', '--status', 'Delivered')).printed).toHaveLength(wholeRun.length);
  await callOwn(server.url, 'DeleteResource', { kind: 'EventTarget', name: 'chat' });
  await apply();
  expect(statesOf()).toHaveLength(wholeRun.length);
});

test('a pattern selects what a target hears of', async () => {
  const { apply, runPipeline, statesOf } = await setUp(
    '    pattern: { detail-type: [CodePipeline Pipeline Execution State Change] }\n',
  );
  await apply();
  await runPipeline();
  await vi.waitFor(() => expect(statesOf()).toEqual(['STARTED', 'SUCCEEDED']), patient);
});

test('a receiver that answers 500 or breaks off gets everything in order across restarts', async () => {
  const { server, behaviour, apply, runPipeline, statesOf, list } = await setUp();
  await apply();
  let count = 0;
  behaviour.answer = (response) => {
    count += 1;
    if (count <= 2) response.writeHead(500).end('broken');
    else response.destroy();
  };
  await runPipeline();
  await vi.waitFor(async () => expect((await list('Pending'))[wholeRun.length - 1]?.attempts).toBe(1), patient);
  server.clock.advance(1000);
  await vi.waitFor(async () => expect((await list('Pending')).at(-1)?.attempts).toBe(2), patient);
  server.clock.advance(2000);
  await vi.waitFor(async () => {
    expect((await list('Pending')).at(-1)).toMatchObject({
      attempts: 3,
      failure: expect.stringContaining('cannot be reached: socket hang up'),
    });
  }, patient);
  await server.restart();
  behaviour.answer = (response) => void response.end();
  server.clock.advance(4000);
  await vi.waitFor(() => expect(statesOf().slice(3)).toEqual(wholeRun), patient);
  expect(await list('Pending')).toEqual([]);
});

test('a mistaken target is mended: what waits is sent at once; what was given up is sent on demand', async () => {
  const { server, receiver, behaviour, apply, runPipeline, statesOf, list, millrace } = await setUp();
  behaviour.answer = (response) => void response.writeHead(302, { location: 'https://elsewhere.example.org/' }).end();
  await apply();
  await runPipeline();
  await vi.waitFor(async () => expect((await list('Pending')).at(-1)?.attempts).toBe(1), patient);
  behaviour.answer = (response, { detail }) => void response.writeHead(detail.action === undefined ? 200 : 410).end();
  await apply(`${receiver.url}/moved`);
  await vi.waitFor(async () => expect(await list('Dead')).toHaveLength(4), patient);
  await vi.waitFor(async () => expect(await list('Pending')).toEqual([]), patient);
  const metrics = await (await fetch(`${server.url}/-/metrics`)).text();
  expect(metrics).toContain(
    'millrace_event_deliveries{status="pending"} 0\nmillrace_event_deliveries{status="dead"} 4\n',
  );
  const dead = await millrace('events', 'deliveries', '--dead');
  expect(dead.printed).toHaveLength(4);
  expect(dead.printed[0]).toMatch(/ {2}EventTarget\/chat {2}Dead {2}1 attempt {2}.*responded with 410\.$/);
  const ids = (await list('Dead')).map(({ id }) => id);
  behaviour.answer = (response) => void response.end();
  expect(await millrace('events', 'redeliver', ...ids)).toMatchObject({
    code: 0,
    printed: ['4 deliveries are sent again.'],
  });
  await vi.waitFor(async () => expect(await list('Delivered')).toHaveLength(wholeRun.length), patient);
  expect(statesOf().slice(-4)).toEqual(wholeRun.filter((state) => state.split(' ').length === 3));
  expect(await millrace('events', 'deliveries', '--dead')).toMatchObject({
    code: 0,
    complained: ['millrace: there are no dead deliveries.'],
  });
  const { answer } = await callOwn<{ entries: { action: string; subject: string }[] }>(
    server.url,
    'ListAuditEntries',
    {},
  );
  expect(
    answer.entries
      .filter(({ action }) => action === 'RedeliverEvents')
      .map(({ subject }) => subject)
      .sort(),
  ).toEqual(ids.map((id) => `event-delivery/${id}`).sort());
});

test('a deleted target gets nothing more, and its deliveries say why', async () => {
  const { server, behaviour, apply, runPipeline, list } = await setUp();
  behaviour.answer = (response) => void response.writeHead(503).end();
  await apply();
  await runPipeline();
  await vi.waitFor(async () => expect(await list('Pending')).toHaveLength(wholeRun.length), patient);
  await callOwn(server.url, 'DeleteResource', { kind: 'EventTarget', name: 'chat' });
  await vi.waitFor(async () => expect(await list('Pending')).toEqual([]), patient);
  const dead = await list('Dead');
  expect(dead).toHaveLength(wholeRun.length);
  expect(dead[0]?.failure).toBe('The target has been deleted.');
});

test('deliveries need their own permissions, and wrong calls get clear answers', async () => {
  const { server, millrace } = await setUp();
  const { url } = server;
  const outsider = await createKey(url, 'outsider', ['codepipeline:*']);
  const redeliver = { ids: ['none'] };
  for (const [operation, input] of [
    ['ListEventDeliveries', {}],
    ['RedeliverEvents', redeliver],
  ] as const) {
    expect((await callOwn(url, operation, input, outsider)).answer).toMatchObject({ __type: 'AccessDeniedException' });
  }
  const wrong = (operation: string, input: object) => callOwn(url, operation, input);
  expect((await wrong('RedeliverEvents', redeliver)).answer).toMatchObject({
    __type: 'ResourceNotFoundException',
    message: "There is no delivery with the id 'none'.",
  });
  for (const input of [{}, { ids: [] }, { ids: Array.from({ length: 101 }, () => 'x') }]) {
    expect((await wrong('RedeliverEvents', input)).answer).toMatchObject({ __type: 'ValidationException' });
  }
  for (const input of [{ status: 'Lost' }, { nextToken: 'forged' }, { maxResults: 0 }]) {
    expect((await wrong('ListEventDeliveries', input)).answer).toMatchObject({ __type: 'ValidationException' });
  }
  expect((await millrace('events', 'deliveries', '--status', 'Lost')).code).toBe(2);
  expect((await millrace('events', 'redeliver', 'none')).code).toBe(1);
});

test('events are followed until the command is stopped', async () => {
  const { server, runPipeline } = await setUp();
  const printed: string[] = [];
  let stop = () => undefined as unknown;
  const ended = runCommandLine(['events', '--follow', '--data', server.folder], {
    env: {},
    print: (line) => void printed.push(line),
    complain: (line) => void printed.push(line),
    onStopSignal: (listener) => {
      stop = () => listener('SIGINT');
    },
    program: 'millrace',
    isInteractive: false,
    onReload: () => undefined,
    exit: () => undefined,
  });
  await runPipeline();
  await vi.waitFor(() => expect(printed).toHaveLength(wholeRun.length), patient);
  stop();
  expect(await ended).toBe(0);
  expect(printed.at(-1)).toMatch(/ {2}MySecondPipeline {2}SUCCEEDED {2}CodePipeline Pipeline Execution State Change$/);
});
