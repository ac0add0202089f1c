import { endWithPipeline } from '../../../src/engine/events/delete-pipeline.ts';
import { jobResult } from '../../../src/engine/events/job-result.ts';
import { retryStage } from '../../../src/engine/events/retry-stage.ts';
import { startExecution } from '../../../src/engine/events/start-execution.ts';
import { stopExecution } from '../../../src/engine/events/stop-execution.ts';
import type { CataloguedActionType } from '../../../src/model/action-type.ts';
import type { JobResult } from '../../../src/model/job.ts';
import { queueKey, queueOf } from '../../../src/model/queue-key.ts';
import type { Database, Parameter, Statements } from '../../../src/store/database.ts';
import type { Store } from '../../../src/store/store.ts';
import { buildType, scope, sourceType } from '../pipelines/declarations.ts';
import { buildCalls } from './build-calls.ts';
import { historyEnd, longPipeline } from './long-history.ts';

/** Wraps a database; records each statement with its parameters in `statements`. */
export function listening(inner: Database, statements: Map<string, Parameter[]>): Database {
  const listen = (sql: Statements): Statements => ({
    all: (text, ...parameters) => sql.all(heard(text, parameters), ...parameters),
    get: (text, ...parameters) => sql.get(heard(text, parameters), ...parameters),
    run: (text, ...parameters) => sql.run(heard(text, parameters), ...parameters),
    send: (text, ...parameters) => sql.send(heard(text, parameters), ...parameters),
    sendOne: (refused, text, ...parameters) => sql.sendOne(refused, heard(text, parameters), ...parameters),
  });
  const heard = (text: string, parameters: Parameter[]): string => {
    statements.set(text, parameters);
    return text;
  };
  return {
    read: (work) => inner.read((sql) => work(listen(sql))),
    write: (work) => inner.write((sql) => work(listen(sql))),
    writeToFree: (work) => inner.writeToFree((sql) => work(listen(sql))),
    condemn: (reason) => inner.condemn(reason),
    holdReserve: () => inner.holdReserve(),
    check: () => inner.check(),
    close: () => inner.close(),
  };
}

const { id } = longPipeline;
const names = { stageName: 'Build', actionName: 'Compile' };
const page = { before: 15_000, limit: 101 };

/** Everyday calls that must be fast however long the history is; the last ones delete it. */
export function historyCalls(storeNow: () => Store): [string, () => Promise<unknown>][] {
  const calls: [string, (store: Store) => Promise<unknown>][] = [
    ['ListPipelineExecutions', (store) => store.executions.list(id, page)],
    [
      'succeededInStage',
      (store) => store.executions.list(id, { ...page, succeededIn: { stageName: 'Build', version: 1 } }),
    ],
    ['GetPipelineExecution', (store) => store.executions.find(id, 'e700')],
    ['ListActionExecutions', (store) => store.executions.listActions(id, page)],
    ['pipelineExecutionId', (store) => store.executions.listActions(id, { ...page, executionId: 'e700' })],
    ['Latest', (store) => store.executions.listActions(id, { ...page, executionId: 'e700', isLatest: true })],
    ['an action by its id', (store) => store.executions.findAction(id, 'c700')],
    ['an action in an account', (store) => store.executions.hasAction(scope, 'c700', id)],
    ['occupancy', (store) => store.executions.occupancy(id, ['Source', 'Build'])],
    ['the latest passages', (store) => store.executions.latestStages(id, ['Source', 'Build', 'None'])],
    ['the latest attempts', (store) => store.executions.latestActions(id, [names, { ...names, actionName: 'None' }])],
    [
      'a start',
      (store) => store.advance({ kind: 'pipeline', scope, name: 'Mill' }, () => ({ changes: [], answer: 1 })),
    ],
    ['a run through the pipeline', runThrough],
    ['ended executions', (store) => store.retention.ended({ endedBefore: historyEnd, limit: 100 })],
    [
      'more ended executions',
      (store) => store.retention.ended({ endedBefore: historyEnd, after: ended(900), limit: 100 }),
    ],
    ['recorded removals', (store) => store.retention.removals({ after: 0, limit: 100 })],
    ['pruning', (store) => store.retention.prune('e1', historyEnd)],
    ['pruning a referenced execution', (store) => store.retention.prune('e20000', historyEnd)],
    ['open jobs', (store) => store.jobHistory.list(scope, { isOpen: true, after: 0, limit: 100 })],
    ['all jobs', (store) => store.jobHistory.list(scope, { isOpen: false, after: 900, limit: 100 })],
    ['the events of a job', (store) => store.jobHistory.events('j', { after: 0, limit: 100 })],
    ['the neighbours of a job', (store) => store.jobHistory.chain('j')],
    ['the log of a job', (store) => store.logs.parts('je1', 100)],
    ['a line of a log', (store) => store.logs.findLine('je1', 5)],
    ['the marks of a log', (store) => store.logs.marks('je1')],
    ['the logs of a group by name', (store) => store.logs.streams(scope, { ...streams, order: 'name', prefix: 'j' })],
    [
      'the logs of a group by time',
      (store) => store.logs.streams(scope, { ...streams, order: 'time', writtenFrom: 1 }),
    ],
    ['writing to a log', (store) => writeLog(store)],
    ['removed logs', (store) => store.logs.nextRemoved()],
    ['the next offer', (store) => store.jobs.nextOffer(queueKey('q', 'v'))],
    ['events after a cursor', (store) => store.events.read({ cursor: '9.9', limit: 100 })],
    ['the latest event', (store) => store.events.latest()],
    ['pruning events', (store) => store.events.prune(historyEnd)],
    ...buildCalls,
    ['a deletion', (store) => store.pipelines.delete(scope, 'Mill', endWithPipeline)],
    ['pruning a deleted pipeline', (store) => store.retention.prunePipelines(historyEnd + 1)],
  ];
  return calls.map(([name, call]) => [name, () => call(storeNow())]);
}

const streams = { group: 'jobs', isDescending: true, limit: 50 };

async function writeLog(store: Store): Promise<void> {
  const log = { ...scope, id: 'j', group: 'jobs', stream: 'j' };
  await store.logs.appendToJob({ log, text: 'x', at: 0, limitBytes: 99, hasLastLines: false, isSealed: true });
}

/** Polls, results, retries, stops and timeouts of one execution. */
async function runThrough(store: Store): Promise<void> {
  const { advance, jobs, approvals } = store;
  for (const type of [sourceType, buildType]) await store.actionTypes.insert(scope, type, {}, 0);
  const request = { triggerType: 'StartPipelineExecution', clientRequestToken: 'once' } as const;
  const executionId = await advance({ kind: 'pipeline', scope, name: 'Mill', ...request }, (snapshot, moment) =>
    startExecution(snapshot, request, moment),
  );
  const report = async ({ definition }: CataloguedActionType, result: JobResult) => {
    const key = queueKey(queueOf(scope, definition.id));
    const lease = { at: historyEnd, leaseUntil: historyEnd + 1 };
    const [claimed] = await jobs.claim(key, { limit: 1, ...lease });
    const jobId = claimed?.job.id ?? '';
    await jobs.acknowledge(jobId, '3');
    await store.jobHistory.recordCredentials(jobId, { callerArn: 'arn', accessKeyId: 'key', requestId: 'id' });
    await advance({ kind: 'job', jobId }, (snapshot, moment) =>
      jobResult(snapshot, { jobId, result, continuationDelayMs: 0 }, moment),
    );
  };
  const currentRevision = { revision: 'r1', changeIdentifier: 'c1' };
  await report(sourceType, { outcome: 'Succeeded', continuationToken: 'more' });
  await report(sourceType, { outcome: 'Succeeded', currentRevision });
  await report(buildType, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
  const key = { kind: 'execution', scope, name: 'Mill', executionId, stageName: 'Build' } as const;
  const held = { limit: 1, at: historyEnd, leaseUntil: historyEnd + 1, isAnnounced: false, settle: () => undefined };
  store.handOffTo({ reserve: () => held });
  await advance(key, (snapshot, moment) =>
    retryStage(snapshot, { executionId, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
  );
  store.handOffTo({ reserve: () => undefined });
  await advance(key, (snapshot, moment) => stopExecution(snapshot, { executionId, abandon: true }, moment));
  await Promise.all([jobs.overdue(historyEnd, 9), jobs.nextDeadline()]);
  await Promise.all([approvals.overdue(historyEnd, 9), approvals.nextDeadline()]);
}

function ended(n: number) {
  return { id: `e${n}`, endedAt: historyEnd - 20_000_000 + n * 1000, sequence: n };
}
