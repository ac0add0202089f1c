// @ts-check
/** @import { CataloguedActionType } from '../../src/model/action-type.ts' */
/** @import { Change } from '../../src/model/change.ts' */
/** @import { JobResult } from '../../src/model/job.ts' */
/** @import { Moment } from '../../src/model/decision.ts' */
/** @import { StoredDeclaration } from '../../src/model/pipeline.ts' */
/** @import { Snapshot } from '../../src/model/snapshot.ts' */
/** @import { JobRecord, Store } from '../../src/store/store.ts' */
/** @import { Duration } from './statistics.mjs' */
import { scope } from './pipelines.mjs';
import { apply, jobResult, queueKey, queueOf, startExecution } from './product.mjs';
import { timed } from './statistics.mjs';

/** @type {JobResult} */
const success = {
  outcome: 'Succeeded',
  executionDetails: { summary: '1,204 checks passed in 38 s', externalExecutionId: 'build-2026-01-15-0042' },
  outputVariables: { Revision: '5f2c1e8a94b7d3600c11e5a2f7d8b9c04e6a1d37', Checks: '1204', Seconds: '38' },
};

const leaseMs = 30_000;

/**
 * Creates a pipeline through which executions flow: a claim always gets its oldest job.
 *
 * @param {Store} store
 * @param {{ declaration: StoredDeclaration, types: CataloguedActionType[] }} pipeline
 */
export async function createFlow(store, { declaration, types }) {
  const { name, stages } = declaration;
  const at = Date.now();
  for (const type of types) await store.actionTypes.insert(scope, type, {}, at);
  const pipeline = { id: `pipeline-${name}`, ...scope, name, version: 1, createdAt: at, updatedAt: at };
  await store.pipelines.create(pipeline, declaration, {}, () => ({ changes: [], answer: undefined }));

  const start = () =>
    store.advance({ kind: 'pipeline', scope, name }, (snapshot, moment) =>
      startExecution(snapshot, { triggerType: 'StartPipelineExecution' }, moment),
    );

  /** @type {() => Promise<{ record: JobRecord, claim: Duration }>} */
  const claimOldest = async () => {
    /** @type {JobRecord[]} */
    let claimed = [];
    for (const type of types) {
      const key = queueKey(queueOf(scope, type.definition.id));
      const at = Date.now();
      const claim = await timed(async () => {
        claimed = await store.jobs.claim(key, { limit: 1, at, leaseUntil: at + leaseMs });
      });
      const [record] = claimed;
      if (record) return { record, claim };
    }
    throw new Error(`${name} has no job to claim`);
  };

  return {
    start,
    /** Starts an execution for each stage, the oldest in the last one, so that every stage is occupied. */
    async fill() {
      for (const { name: stageName } of stages.toReversed()) {
        const executionId = await start();
        await store.advance({ kind: 'execution', scope, name, executionId }, (snapshot, moment) =>
          bringTo(stageName, snapshot, moment),
        );
      }
    },
    /** Claims the oldest job and reports its success. */
    async step() {
      const { record, claim } = await claimOldest();
      const report = { jobId: record.job.id, result: success, continuationDelayMs: 1000 };
      const result = await timed(() =>
        store.advance({ kind: 'job', jobId: report.jobId }, (snapshot, moment) => jobResult(snapshot, report, moment)),
      );
      return { claim, result, stageName: record.action.stageName };
    },
  };
}

/**
 * Advances an execution until it is inside the stage, in one decision.
 *
 * @param {string} stageName
 * @param {Snapshot} snapshot
 * @param {Moment} moment
 */
function bringTo(stageName, snapshot, moment) {
  /** @type {Change[]} */
  const changes = [];
  for (let seen = snapshot; ; ) {
    const isThere = seen.execution?.stages.some((stage) => stage.stageName === stageName);
    const job = seen.execution?.jobs.find(({ deadlineAt }) => deadlineAt !== undefined);
    if (isThere || !job) return { changes, answer: undefined };
    const decision = jobResult(seen, { jobId: job.id, result: success, continuationDelayMs: 1000 }, moment);
    if ('refuse' in decision) throw new Error(decision.message);
    changes.push(...decision.changes);
    seen = decision.changes.reduce((before, change) => apply(before, change, moment.at), seen);
  }
}
