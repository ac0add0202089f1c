import { endWithPipeline } from '../../src/engine/events/delete-pipeline.ts';
import { jobResult } from '../../src/engine/events/job-result.ts';
import { type StartRequest, startExecution } from '../../src/engine/events/start-execution.ts';
import { jobTimeout } from '../../src/engine/events/timeouts.ts';
import { type CataloguedActionType, ruleTypeId } from '../../src/model/action-type.ts';
import type { Job, JobResult } from '../../src/model/job.ts';
import type { Pipeline, Scope, StoredDeclaration } from '../../src/model/pipeline.ts';
import { queueKey, queueOf } from '../../src/model/queue-key.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import type { ActionAttempt, JobRecord, StagePassage, Store } from '../../src/store/store.ts';
import type { TestClock } from '../support/engine/test-clock.ts';
import { checkType } from '../support/pipelines/conditions.ts';
import { pipelineOf, scope, sourceType, twoStages } from '../support/pipelines/declarations.ts';

/** The steps that all cases share, on the store of a node. */
export interface Steps {
  readonly store: Store;
  /** Creates a pipeline and starts its first execution; returns the row. */
  create(declaration?: StoredDeclaration, members?: Partial<Pipeline>): Promise<Pipeline>;
  /** Starts an execution of a pipeline of `scope` and returns its id. */
  start(name: string, request?: Partial<StartRequest>): Promise<string>;
  /** Claims jobs with a lease of 30 s; by default all of `sourceType`. */
  claim(request?: {
    type?: CataloguedActionType;
    queryValue?: string;
    limit?: number;
    owner?: Scope;
  }): Promise<JobRecord[]>;
  /** Claims the jobs of rules, whose types are those of `ruleCatalogue`. */
  claimRules(): Promise<JobRecord[]>;
  /** Claims the only job of a type. */
  claimOne(type?: CataloguedActionType): Promise<JobRecord>;
  /** Reports a result; with a fence like a built-in provider. */
  report(jobId: string, result: JobResult, fence?: string): Promise<void>;
  succeed(jobId: string, details?: Omit<Extract<JobResult, { outcome: 'Succeeded' }>, 'outcome'>): Promise<void>;
  timeOut(jobId: string): Promise<void>;
  /** Returns the snapshot of a decision about a job. */
  snapshot(jobId: string): Promise<Snapshot>;
  job(jobId: string): Promise<Job>;
  latestStage(pipelineId: string, stageName: string): Promise<StagePassage | undefined>;
  latestAction(pipelineId: string, stageName: string, actionName: string): Promise<ActionAttempt | undefined>;
  /** Deletes a pipeline, by default of `scope`. */
  delete(name: string, owner?: Scope): Promise<boolean>;
}

/** The lease of a claim. */
export const leaseMs = 30_000;

/** The delay of a continuation. */
export const continuationDelayMs = 1000;

/** What the nodes of a test share. */
export interface Fixture {
  clock: TestClock;
  /** The number of pipelines created so far; each gets an id of its own. */
  pipelines: number;
}

/** Creates the steps on the store that is open when they are made. */
export function stepsOn(openStore: () => Store, fixture: () => Fixture): Steps {
  const claim = (queue: string, queryValue: string, limit: number) => {
    const { at } = fixture().clock;
    return openStore().jobs.claim(queueKey(queue, queryValue), { limit, at, leaseUntil: at + leaseMs });
  };
  const steps: Steps = {
    get store() {
      return openStore();
    },
    async create(declaration = twoStages(), members = {}) {
      const shared = fixture();
      shared.pipelines += 1;
      const pipeline = pipelineOf(declaration, { id: `pipeline-${shared.pipelines}`, ...members });
      await openStore().pipelines.create(pipeline, declaration, {}, (snapshot, moment) =>
        startExecution(snapshot, { triggerType: 'CreatePipeline' }, moment),
      );
      return pipeline;
    },
    start: (name, request = {}) =>
      openStore().advance(
        { kind: 'pipeline', scope, name, clientRequestToken: request.clientRequestToken },
        (snapshot, moment) => startExecution(snapshot, { triggerType: 'StartPipelineExecution', ...request }, moment),
      ),
    claim: ({ type = sourceType, queryValue = '', limit = 100, owner = scope } = {}) =>
      claim(queueOf(owner, type.definition.id), queryValue, limit),
    claimRules: () => claim(queueOf(scope, ruleTypeId(checkType.definition.id)), '', 100),
    async claimOne(type) {
      const [record, ...more] = await steps.claim({ type });
      if (!record || more.length > 0) throw new Error(`expected one job, got ${record ? more.length + 1 : 0}`);
      return record;
    },
    report: (jobId, result, fence) =>
      openStore().advance({ kind: 'job', jobId }, (snapshot, moment) =>
        jobResult(snapshot, { jobId, result, fence, continuationDelayMs }, moment),
      ),
    succeed: (jobId, details) => steps.report(jobId, { outcome: 'Succeeded', ...details }),
    timeOut: (jobId) => openStore().advance({ kind: 'job', jobId }, jobTimeout),
    snapshot: (jobId) => openStore().advance({ kind: 'job', jobId }, (snapshot) => ({ changes: [], answer: snapshot })),
    async job(jobId) {
      const record = await openStore().jobs.find(jobId);
      if (!record) throw new Error(`no job ${jobId}`);
      return record.job;
    },
    latestStage: async (pipelineId, stageName) =>
      (await openStore().executions.latestStages(pipelineId, [stageName]))[0],
    latestAction: async (pipelineId, stageName, actionName) =>
      (await openStore().executions.latestActions(pipelineId, [{ stageName, actionName }]))[0],
    delete: (name, owner = scope) => openStore().pipelines.delete(owner, name, endWithPipeline),
  };
  return steps;
}
