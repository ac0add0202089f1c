import { fileURLToPath } from 'node:url';
import { CodePipelineClient, CreatePipelineCommand, StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { startCluster } from '../support/crash/cluster/cluster.ts';
import { createTarget } from '../support/crash/target.ts';
import { type PostgresServer, startPostgres } from '../support/databases/postgres-server.ts';
import { startReceiver } from '../support/events/receiver.ts';
import { registerJenkins, threeStages } from '../support/pipelines/scenario.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { clientConfig } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const pipelines = Array.from({ length: 8 }, (_, number) => `pipeline-${number}`);
/** Longer than the lease of what a killed node was sending. */
const patient = { timeout: 60_000, interval: 100 };

let database: PostgresServer;

beforeAll(async () => {
  database = await startPostgres();
});
afterAll(() => database.stop());

test('when a node is killed, the other one delivers the rest of the events in order', {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryFolder();
  const target = createTarget({ patienceMs: 10_000 });
  const cluster = await startCluster({ root, folder, target, database, leaseSeconds: 5 }, { nodeCount: 2 });
  onTestFinished(() => cluster.end());
  const [first, second] = cluster.nodes;
  if (!first || !second) throw new Error('expected two nodes');
  // Slow enough that the kill finds deliveries on their way.
  const receiver = await startReceiver((_, response) => void setTimeout(() => response.end(), 50));
  onTestFinished(receiver.close);
  const document = JSON.stringify({ type: 'http', url: receiver.url, secret });
  await callOwn(first.url, 'ApplyResources', { resources: [{ kind: 'EventTarget', name: 'chat', document }] });
  const client = new CodePipelineClient(clientConfig(first.url));
  await registerJenkins(client);
  // Without the bucket of the source an execution fails at once.
  await Promise.all(
    pipelines.map((name) => client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), name } }))),
  );
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(12), patient);
  await first.server.end('SIGKILL');
  const other = new CodePipelineClient(clientConfig(second.url));
  await Promise.all(pipelines.map((name) => other.send(new StartPipelineExecutionCommand({ name }))));

  const read = async (pipelineName: string) => {
    const { answer } = await callOwn<{ events: { event: string }[] }>(second.url, 'ListEvents', { pipelineName });
    return answer.events.map(({ event }) => JSON.parse(event) as Event);
  };
  await vi.waitFor(async () => {
    for (const name of pipelines) {
      const events = await read(name);
      expect(events.filter(({ detail }) => detail.stage === undefined && detail.state === 'FAILED')).toHaveLength(2);
      const received = receiver.received
        .map(({ body }) => JSON.parse(body) as Event)
        .filter(({ detail }) => detail.pipeline === name);
      // What the killed node had sent without recording it comes twice, right behind the first time.
      const once = received.filter(({ id }, index) => id !== received[index - 1]?.id);
      expect(once.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    }
  }, patient);
  const ids = new Map<string, string>();
  for (const { headers, body } of receiver.received) {
    const { id } = JSON.parse(body) as Event;
    expect(ids.get(id) ?? headers['webhook-id']).toBe(headers['webhook-id']);
    ids.set(id, String(headers['webhook-id']));
  }
});
