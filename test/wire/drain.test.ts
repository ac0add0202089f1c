import { PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { poll, registerJenkins } from '../support/pipelines/scenario.ts';
import { callBytes, openRawSocket } from '../support/requests/raw-socket.ts';
import { sendRaw } from '../support/requests/signed-request.ts';
import { serveEdge } from '../support/servers/edge-server.ts';

const health = 'GET /-/health HTTP/1.1\r\nHost: mill\r\n\r\n';

/** Opens a call that lacks the last byte of its body. */
async function openUnfinishedCall(url: string) {
  const socket = await openRawSocket(url);
  const bytes = callBytes(url, { lines: ['Expect: 100-continue'] });
  socket.send(bytes.slice(0, -1));
  await socket.receive(/100 Continue/);
  return { socket, lastByte: bytes.slice(-1) };
}

async function expectHeldPolls(url: string, polls: number): Promise<void> {
  const lines = async () => (await sendRaw(url, { method: 'GET', path: '/-/metrics' })).body.split('\n');
  await expect.poll(lines).toContain(`millrace_held_polls ${polls}`);
}

test('a server that stops finishes running calls, and its health is 503', async () => {
  const server = await serveEdge();
  const { socket: busy, lastByte } = await openUnfinishedCall(server.url);
  const balancer = await openRawSocket(server.url);
  balancer.send(health);
  expect(await balancer.receive(/"ok"/)).not.toMatch(/Connection: close/i);

  const closed = server.close();
  await expect(openRawSocket(server.url)).rejects.toThrow();
  balancer.send(health);
  const text = await balancer.ended();
  expect(text).toMatch(/HTTP\/1\.1 503 .*\r\nConnection: close\r\n.*\{"status":"draining"\}$/is);

  busy.send(lastByte);
  expect(await busy.ended()).toMatch(/HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*\{"pipelines":\[\]\}$/is);
  await closed;
});

test('a held poll is answered immediately', async () => {
  const server = await serveEdge({ pollWaitSeconds: 20 });
  const client = server.codePipeline();
  await registerJenkins(client);
  const held = client.send(new PollForJobsCommand(poll));
  await expectHeldPolls(server.url, 1);
  // Well before the grace period, let alone the 20 s of the poll.
  const startedAt = performance.now();
  await server.close();
  expect((await held).jobs).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(4000);
});

test('a poll that arrives while the server stops is not held', async () => {
  const server = await serveEdge({ pollWaitSeconds: 20 });
  await registerJenkins(server.codePipeline());
  const { socket: busy, lastByte } = await openUnfinishedCall(server.url);
  const worker = await openRawSocket(server.url);
  worker.send(health);
  await worker.receive(/"ok"/);
  const closed = server.close();
  worker.send(callBytes(server.url, { operation: 'PollForJobs', body: JSON.stringify(poll) }));
  expect(await worker.ended()).toMatch(/\{"jobs":\[\]\}$/);
  busy.send(lastByte);
  await closed;
});

test('a request that does not end is cut after the grace period', async () => {
  const server = await serveEdge({ limits: { closeGraceMs: 50 } });
  const { socket } = await openUnfinishedCall(server.url);
  await server.close();
  expect(await socket.ended()).not.toMatch(/HTTP\/1\.1 200/);
});

test('idle connections do not delay the stop', async () => {
  const server = await serveEdge({ limits: { closeGraceMs: 60_000 } });
  const silent = await openRawSocket(server.url);
  const half = await openRawSocket(server.url);
  half.send('GET /-/hea');
  const used = await openRawSocket(server.url);
  used.send(health);
  await used.receive(/"ok"/);
  await server.close();
  for (const socket of [silent, half, used]) await socket.ended();
});

test('a pipelined request never begins if its client goes', async () => {
  const server = await serveEdge({ pollWaitSeconds: 20, limits: { closeGraceMs: 60_000 } });
  await registerJenkins(server.codePipeline());
  const socket = await openRawSocket(server.url);
  const held = callBytes(server.url, { operation: 'PollForJobs', body: JSON.stringify(poll) });
  socket.send(`${held}${callBytes(server.url)}`);
  await expectHeldPolls(server.url, 1);
  socket.close();
  await expect
    .poll(() => server.calls().filter(({ outcome }) => outcome === 'ClientGone'))
    .toMatchObject([{ operation: 'PollForJobs' }]);
  await expectHeldPolls(server.url, 0);
  await server.close();
  expect(server.calls().filter(({ operation }) => operation === 'ListPipelines')).toEqual([]);
});
