import { afterEach, beforeEach } from 'vitest';
import { endWithPipeline } from '../../../src/engine/delete-pipeline.ts';
import { jobResult } from '../../../src/engine/job-result.ts';
import { jobTimeout } from '../../../src/engine/job-timeout.ts';
import { type StartRequest, startExecution } from '../../../src/engine/start-execution.ts';
import { type CataloguedActionType, ruleTypeId } from '../../../src/model/action-type.ts';
import { type Job, type JobResult, queueOf } from '../../../src/model/job.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../../src/model/pipeline.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import type { ActionAttempt, JobRecord, StagePassage, Store } from '../../../src/store/store.ts';
import { checkType } from '../conditions.ts';
import { createTestClock, type TestClock } from '../moments.ts';
import { catalogue, pipelineOf, scope, sourceType, twoStages } from '../pipelines.ts';

/** A store on fresh ground; `reopen` closes it and opens what it left, `close` ends whichever is open. */
export interface OpenedStore {
  store: Store;
  reopen(): Promise<Store>;
  close(): Promise<void>;
}

/** Opens a store of some kind with this clock. */
export type OpenStore = (now: () => number) => Promise<OpenedStore>;

/** A fresh store before each test, with the types of `catalogue`, and the few moves every area makes. */
export interface Bench {
  readonly store: Store;
  readonly clock: TestClock;
  reopen(): Promise<void>;
  /** Creates a pipeline and starts its first execution; answers the row. */
  create(declaration?: StoredDeclaration, members?: Partial<Pipeline>): Promise<Pipeline>;
  /** Starts an execution of a pipeline of `scope` and answers its id. */
  start(name: string, request?: Partial<StartRequest>): Promise<string>;
  /** One claim; of sources, any number, for a lease of 30 s, unless said otherwise. */
  claim(request?: {
    type?: CataloguedActionType;
    queryValue?: string;
    limit?: number;
    owner?: Scope;
  }): Promise<JobRecord[]>;
  /** One claim of the jobs of rules, whose types are those of `ruleCatalogue`. */
  claimRules(): Promise<JobRecord[]>;
  /** Claims the one job of a type that must be there. */
  claimOne(type?: CataloguedActionType): Promise<JobRecord>;
  report(jobId: string, result: JobResult): Promise<void>;
  succeed(jobId: string, details?: Omit<Extract<JobResult, { outcome: 'Succeeded' }>, 'outcome'>): Promise<void>;
  timeOut(jobId: string): Promise<void>;
  /** What a decision about the execution behind a job would be shown. */
  snapshot(jobId: string): Promise<Snapshot>;
  job(jobId: string): Promise<Job>;
  newestStage(pipelineId: string, stageName: string): Promise<StagePassage | undefined>;
  newestAction(pipelineId: string, stageName: string, actionName: string): Promise<ActionAttempt | undefined>;
  /** Deletes a pipeline, of `scope` unless said otherwise. */
  delete(name: string, owner?: Scope): Promise<boolean>;
}

/** How long a claimed job is kept from others here. */
export const leaseMs = 30_000;

/** How long a continuation waits here. */
export const continuationDelayMs = 1000;

/** Opens a store before and closes it after each test of the surrounding block. */
export function useBench(open: OpenStore): Bench {
  let opened: OpenedStore;
  let store: Store;
  let clock: TestClock;
  let pipelines: number;
  beforeEach(async () => {
    pipelines = 0;
    clock = createTestClock();
    opened = await open(() => clock.at);
    store = opened.store;
    for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  });
  afterEach(() => opened.close());

  const bench: Bench = {
    get store() {
      return store;
    },
    get clock() {
      return clock;
    },
    async reopen() {
      store = await opened.reopen();
    },
    async create(declaration = twoStages(), members = {}) {
      pipelines += 1;
      const pipeline = pipelineOf(declaration, { id: `pipeline-${pipelines}`, ...members });
      await store.pipelines.create(pipeline, declaration, {}, (snapshot, moment) =>
        startExecution(snapshot, { triggerType: 'CreatePipeline' }, moment),
      );
      return pipeline;
    },
    start: (name, request = {}) =>
      store.advance(
        { kind: 'pipeline', scope, name, clientRequestToken: request.clientRequestToken },
        (snapshot, moment) => startExecution(snapshot, { triggerType: 'StartPipelineExecution', ...request }, moment),
      ),
    claim: ({ type = sourceType, queryValue = '', limit = 100, owner = scope } = {}) =>
      store.jobs.claim({
        queue: queueOf(owner, type.definition.id),
        queryValue,
        limit,
        at: clock.at,
        leaseUntil: clock.at + leaseMs,
      }),
    claimRules: () =>
      store.jobs.claim({
        queue: queueOf(scope, ruleTypeId(checkType.definition.id)),
        queryValue: '',
        limit: 100,
        at: clock.at,
        leaseUntil: clock.at + leaseMs,
      }),
    async claimOne(type) {
      const [record, ...more] = await bench.claim({ type });
      if (!record || more.length > 0) throw new Error(`not one job but ${record ? more.length + 1 : 0}`);
      return record;
    },
    report: (jobId, result) =>
      store.advance({ kind: 'job', jobId }, (snapshot, moment) =>
        jobResult(snapshot, { jobId, result, continuationDelayMs }, moment),
      ),
    succeed: (jobId, details) => bench.report(jobId, { outcome: 'Succeeded', ...details }),
    timeOut: (jobId) => store.advance({ kind: 'job', jobId }, jobTimeout),
    snapshot: (jobId) => store.advance({ kind: 'job', jobId }, (snapshot) => ({ changes: [], answer: snapshot })),
    async job(jobId) {
      const record = await store.jobs.find(jobId);
      if (!record) throw new Error(`no job ${jobId}`);
      return record.job;
    },
    newestStage: async (pipelineId, stageName) => (await store.executions.newestStages(pipelineId, [stageName]))[0],
    newestAction: async (pipelineId, stageName, actionName) =>
      (await store.executions.newestActions(pipelineId, [{ stageName, actionName }]))[0],
    delete: (name, owner = scope) => store.pipelines.delete(owner, name, endWithPipeline),
  };
  return bench;
}

/** The ids of some records, in their order. */
export function idsOf(records: JobRecord[]): string[] {
  return records.map(({ job }) => job.id);
}
