import { expect, test } from 'vitest';
import { approvalResult } from '../../src/engine/events/approval-result.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import type { StoredEvent } from '../../src/model/stored-event.ts';
import type { Store } from '../../src/store/store.ts';
import {
  action,
  approval,
  approvalType,
  buildType,
  declare,
  scope,
  source,
  stage,
} from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

/** What happened, as readers get it. */
export function eventCases(open: OpenStore): void {
  const bench = useBench(open);

  test('every change of state is one event, in the order of the history, with its attempt', async () => {
    const pipeline = await bench.create();
    const startedAt = bench.clock.at;
    await bench.succeed((await bench.claimOne()).job.id);
    bench.clock.pass(10);
    const { job, executionId } = await bench.claimOne(buildType);
    await bench.report(job.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
    const events = await readAll(bench.store, 10);
    expect(events.map(told)).toEqual([
      'pipeline STARTED 1',
      'stage Source STARTED 1',
      'action Fetch STARTED 1',
      'action Fetch SUCCEEDED 1',
      'stage Source SUCCEEDED 1',
      'stage Build STARTED 1',
      'action Compile STARTED 1',
      'action Compile FAILED 1',
      'stage Build FAILED 1',
      'pipeline FAILED 1',
    ]);
    expect(events[0]).toMatchObject({ happenedAt: startedAt, pipeline, execution: { id: executionId } });
    expect(events.at(-1)).toMatchObject({ happenedAt: startedAt + 10 });

    bench.clock.pass(10);
    await bench.store.advance(
      { kind: 'execution', scope, name: pipeline.name, executionId, stageName: 'Build' },
      (seen, moment) => retryStage(seen, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
    );
    const retriedAt = bench.clock.at;
    bench.clock.pass(10);
    // What the retry left is no longer known.
    await bench.reopen();
    await bench.succeed((await bench.claimOne(buildType)).job.id);
    const more = await readAll(bench.store, 6, events.at(-1)?.position);
    expect(more.map(told)).toEqual([
      'pipeline RESUMED 2',
      'stage Build RESUMED 2',
      'action Compile STARTED 2',
      'action Compile SUCCEEDED 2',
      'stage Build SUCCEEDED 2',
      'pipeline SUCCEEDED 2',
    ]);
    expect(more[4]).toMatchObject({ startedAt, lastRetriedAt: retriedAt });
  });

  test('a stop is one event for the execution and one for its stage, even if it is asked for twice', async () => {
    const pipeline = await bench.create();
    const { executionId } = await bench.claimOne();
    const stop = (abandon: boolean) =>
      bench.store.advance({ kind: 'execution', scope, name: pipeline.name, executionId }, (seen, moment) =>
        stopExecution(seen, { executionId, abandon, reason: 'enough' }, moment),
      );
    await stop(false);
    await stop(true);
    const events = await readAll(bench.store, 8);
    expect(events.slice(3).map(told)).toEqual([
      'pipeline STOPPING 1',
      'stage Source STOPPING 1',
      'action Fetch ABANDONED 1',
      'stage Source STOPPED 1',
      'pipeline STOPPED 1',
    ]);
    expect(events.flatMap((event) => (event.kind === 'pipeline' ? event.stopReason : []))).toEqual([
      undefined,
      'enough',
      'enough',
    ]);
  });

  test('an execution that another supersedes has its own attempt', async () => {
    const pipeline = await bench.create();
    await bench.start(pipeline.name);
    await bench.start(pipeline.name);
    const events = await readAll(bench.store, 6);
    expect(events.slice(3).map(told)).toEqual(['pipeline STARTED 1', 'pipeline STARTED 1', 'pipeline SUPERSEDED 1']);
  });

  test('an approval is asked for once and answered once', async () => {
    await bench.store.actionTypes.replaceBuiltIn([approvalType]);
    const pipeline = await bench.create(
      declare([
        stage('Source', source()),
        stage('Build', action('Compile', { inputs: ['Code'] }), approval('Ask', { runOrder: 2 })),
      ]),
    );
    await bench.succeed((await bench.claimOne()).job.id);
    await bench.succeed((await bench.claimOne(buildType)).job.id);
    const asking = await bench.latestAction(pipeline.id, 'Build', 'Ask');
    const answer = { token: asking?.id ?? '', stageName: 'Build', actionName: 'Ask', summary: '', updatedBy: 'ada' };
    await bench.store.advance(
      { kind: 'execution', scope, name: pipeline.name, executionId: asking?.executionId ?? '', actionId: asking?.id },
      (seen, moment) => approvalResult(seen, { ...answer, status: 'Approved' }, moment),
    );
    const events = await readAll(bench.store, 13);
    expect(events.slice(7).map(told)).toEqual([
      'action Compile SUCCEEDED 1',
      'action Ask STARTED 1',
      'approval Ask',
      'action Ask SUCCEEDED 1',
      'stage Build SUCCEEDED 1',
      'pipeline SUCCEEDED 1',
    ]);
  });

  test('is read in pages, each from where the last one ended, and only new ones after the latest', async () => {
    const latestOfNone = await bench.store.events.latest();
    await bench.create();
    const all = await readAll(bench.store, 3);
    const first = await bench.store.events.read({ limit: 2 });
    expect(first).toMatchObject({ cursor: all[1]?.position, hasMore: true });
    const second = await bench.store.events.read({ cursor: first.cursor, limit: 2 });
    expect([...first.events, ...second.events]).toEqual(all);
    expect(await bench.store.events.read({ cursor: latestOfNone, limit: 9 })).toMatchObject({ events: all });

    const latest = await bench.store.events.latest();
    expect(await bench.store.events.read({ cursor: latest, limit: 9 })).toEqual({
      events: [],
      cursor: latest,
      hasMore: false,
    });
    await bench.create(undefined, { name: 'Other' });
    expect((await readAll(bench.store, 3, latest)).map(told)[0]).toBe('pipeline STARTED 1');
    await expect(bench.store.events.read({ cursor: 'nonsense', limit: 9 })).rejects.toThrow(RangeError);
  });

  test('an announced event takes its place among the others', async () => {
    const announcement = {
      ...scope,
      source: 'millrace',
      'detail-type': 'Something Happened',
      resources: [],
      detail: { why: 'because' },
      at: bench.clock.at,
    };
    await bench.create();
    await bench.store.events.announce([announcement]);
    const [, , , announced] = await readAll(bench.store, 4);
    expect(announced).toMatchObject({ kind: 'announced', happenedAt: bench.clock.at, announcement });
  });

  test('readers on every node are woken', async () => {
    const other = await bench.another();
    const { signal } = new AbortController();
    const woken = other.store.events.next(60_000, signal);
    // The other node asks to be notified; until that has arrived, a reader finds new events by looking again.
    await expect
      .poll(async () => {
        await bench.store.events.announce([
          { ...scope, source: 's', 'detail-type': 't', resources: [], detail: {}, at: 1 },
        ]);
        return Promise.race([woken.then(() => 'woken'), new Promise((resolve) => setTimeout(resolve, 10))]);
      })
      .toBe('woken');
  });

  test('old ones are removed, the oldest first and as many as needed', async () => {
    await bench.create();
    const cutoff = bench.clock.at + 5;
    bench.clock.pass(10);
    await bench.create(undefined, { name: 'Other' });
    await readAll(bench.store, 6);
    expect(await bench.store.events.prune(cutoff)).toBe(false);
    const left = await readAll(bench.store, 3);
    expect(left.every(({ happenedAt }) => happenedAt >= cutoff)).toBe(true);
    expect(await bench.store.events.prune(cutoff)).toBe(false);
    expect(await readAll(bench.store, 3)).toEqual(left);
  });
}

/** Reads all events after a cursor. Other transactions of the database server may delay them. */
async function readAll(store: Store, count: number, cursor?: string): Promise<StoredEvent[]> {
  let events: StoredEvent[] = [];
  await expect
    .poll(
      async () => {
        ({ events } = await store.events.read({ cursor, limit: 100 }));
        return events.length;
      },
      { timeout: 20_000, interval: 10 },
    )
    .toBe(count);
  return events;
}

function told(event: StoredEvent): string {
  if (event.kind === 'announced') return `announced ${event.announcement['detail-type']}`;
  if (event.kind === 'approval') return `approval ${event.action.actionName}`;
  const of =
    event.kind === 'stage' ? ` ${event.stageName}` : event.kind === 'action' ? ` ${event.action.actionName}` : '';
  return `${event.kind}${of} ${event.state} ${event.attempt}`;
}
