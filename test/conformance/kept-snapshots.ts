import { beforeAll, expect, test } from 'vitest';
import { ServiceError } from '../../src/contract/errors.ts';
import type { ExecutionMode } from '../../src/contract/generated.ts';
import { approvalResult } from '../../src/engine/events/approval-result.ts';
import { jobResult } from '../../src/engine/events/job-result.ts';
import { overrideCondition } from '../../src/engine/events/override-condition.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { approvalTimeout } from '../../src/engine/events/timeouts.ts';
import { disableTransition, enableTransition } from '../../src/engine/events/transition.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import { customActionTimeoutMs, newestNonce } from '../../src/model/job.ts';
import type { StoredDeclaration } from '../../src/model/pipeline.ts';
import type { HeldPolls, JobRecord } from '../../src/store/store.ts';
import { compared } from '../support/databases/compare-snapshots.ts';
import { type Chance, createChance } from '../support/engine/random.ts';
import { condition, gated, ruleCatalogue } from '../support/pipelines/conditions.ts';
import {
  action,
  approval,
  approvalType,
  buildType,
  declare,
  scope,
  source,
  sourceType,
  stage,
  twoStages,
} from '../support/pipelines/declarations.ts';
import { type Bench, leaseMs, type OpenStore, useBench } from './bench.ts';
import type { Steps } from './steps.ts';

const histories = Number(process.env.KEPT_HISTORIES ?? 4);
const stepsEach = 200;
const failure = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } } as const;
const modes: ExecutionMode[] = ['SUPERSEDED', 'SUPERSEDED', 'QUEUED', 'QUEUED', 'PARALLEL'];
const inbound = { transitionType: 'Inbound', changedBy: 'arn' } as const;

/** Several actions at once, artifacts and variables of earlier stages, an approval and conditions. */
function declaration(executionMode: ExecutionMode): StoredDeclaration {
  const build = stage(
    'Build',
    action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }),
    action('Lint'),
    action('Pack', { runOrder: 2, inputs: ['Package'] }),
  );
  const ship = action('Ship', { runOrder: 2, inputs: ['Package'], configuration: { Command: '#{Bld.Tag}' } });
  const deploy = stage('Deploy', approval('Ask'), ship);
  return declare(
    [
      stage('Source', source()),
      gated(build, { onFailure: { result: 'RETRY', retryConfiguration: { retryMode: 'FAILED_ACTIONS' } } }),
      gated(deploy, { beforeEntry: condition('FAIL', 'Open'), onSuccess: condition('ROLLBACK', 'Healthy') }),
    ],
    { executionMode, pipelineType: 'V2' },
  );
}

/** What a node has kept agrees with the rows, whatever happens on it and on another node; see `compareAllKept`. */
export function keptSnapshotCases(open: OpenStore): void {
  const bench = useBench(open);
  let before = { ...compared };
  beforeAll(() => {
    before = { ...compared };
  });

  test.each(Array.from({ length: histories }, (_, index) => index + 1))(
    'random steps on two nodes, history %i',
    async (seed) => {
      await bench.store.actionTypes.replaceBuiltIn([approvalType]);
      await bench.store.ruleTypes.replace(ruleCatalogue);
      const nodes = [bench, bench, bench, await bench.another()];
      const chance = createChance(seed);
      await bench.create(declaration(chance.oneIn(2) ? 'QUEUED' : 'SUPERSEDED'));
      const story = storyOf(bench, chance);
      for (const { store } of nodes) store.handOffTo(story.heldPolls);
      for (let step = 0; step < stepsEach; step += 1) {
        const width = chance.oneIn(4) ? 1 + chance.below(5) : 1;
        const steps = Array.from({ length: width }, () => story.next(chance.pick(nodes) ?? bench));
        const ends = await Promise.allSettled(steps.map((run) => run()));
        for (const end of ends) {
          if (end.status === 'rejected' && !(end.reason instanceof ServiceError)) throw end.reason;
        }
      }
    },
    120_000,
  );

  test('nothing is kept beside PARALLEL executions, which change the pipeline without its lock', async () => {
    const before = compared.snapshot;
    const fetch = async () => (await bench.claim()).map(({ job }) => job.id);
    await bench.create(twoStages({ executionMode: 'PARALLEL', pipelineType: 'V2' }));
    const [parallel = ''] = await fetch();
    const queue = (current: StoredDeclaration) => ({ ...current, executionMode: 'QUEUED' as const });
    await bench.store.pipelines.update(scope, 'Mill', queue, endOutdated);
    await bench.start('Mill');
    const [queued = ''] = await fetch();
    await (await bench.another()).report(parallel, failure);
    await bench.succeed(queued);
    expect(compared.snapshot).toBe(before);
    await bench.succeed((await bench.claimOne(buildType)).job.id);
    expect(compared.snapshot).toBe(before + 1);
  });

  test('an approval that was answered in a past stage is found, though only the present stage is kept', async () => {
    await bench.store.actionTypes.replaceBuiltIn([approvalType]);
    const stages = [stage('Source', source()), stage('Gate', approval('Ask')), stage('Build', action('Compile'))];
    const pipeline = await bench.create(declare(stages));
    await bench.succeed((await bench.claimOne()).job.id);
    const asking = await bench.latestAction(pipeline.id, 'Gate', 'Ask');
    const { executionId = '', id = '' } = asking ?? {};
    const answer = { token: id, stageName: 'Gate', actionName: 'Ask', updatedBy: 'arn', summary: 'go' };
    const approve = () =>
      bench.store.advance(
        { kind: 'execution', scope, name: 'Mill', executionId, actionId: id, onlyContinues: true },
        (snapshot, moment) => approvalResult(snapshot, { ...answer, status: 'Approved' }, moment),
      );
    await approve();
    await expect(approve()).rejects.toMatchObject({ code: 'ApprovalAlreadyCompletedException' });
  });

  test('what a decision has left is not used after its transaction was rolled back', async () => {
    await bench.create(twoStages());
    const { job } = await bench.claimOne();
    const broken = bench.store.advance({ kind: 'job', jobId: job.id }, (snapshot, moment) => {
      const result = { outcome: 'Succeeded' } as const;
      const decision = jobResult(snapshot, { jobId: job.id, result, continuationDelayMs: 1 }, moment);
      if ('refuse' in decision) return decision;
      return { ...decision, changes: [...decision.changes, { kind: 'jobEnded', jobId: 'nobody', status: 'Failed' }] };
    });
    await expect(broken).rejects.toThrow('met no row');
    await bench.succeed(job.id);
    expect(await bench.claim({ type: buildType })).toHaveLength(1);
  });

  test('these histories used many of them', () => {
    expect(compared.snapshot - before.snapshot).toBeGreaterThan(3 * histories);
    expect(compared.job - before.job).toBeGreaterThan(3 * histories);
  });
}

/** Draws steps; a job or an execution may have ended meanwhile, and then the store refuses. */
function storyOf(bench: Bench, chance: Chance) {
  const pipelineId = 'pipeline-1';
  const jobs: { id: string; nonce: string }[] = [];
  const keyOf = (executionId: string, rest: { stageName?: string; onlyContinues?: boolean; actionId?: string }) =>
    ({ kind: 'execution', scope, name: 'Mill', executionId, ...rest }) as const;
  const mill = { kind: 'pipeline', scope, name: 'Mill' } as const;

  const take = (records: JobRecord[]) => {
    for (const { job } of records) jobs.push({ id: job.id, nonce: newestNonce(job) });
  };
  /** As if workers with polls held for each queue came and went. */
  const heldPolls: HeldPolls = {
    reserve() {
      if (chance.oneIn(2)) return undefined;
      const { at } = bench.clock;
      return { limit: 1 + chance.below(2), at, leaseUntil: at + leaseMs, isAnnounced: false, settle: take };
    },
  };
  const claim = async (node: Steps) => {
    const limit = 1 + chance.below(3);
    const records = [
      ...(await node.claim({ type: sourceType, limit })),
      ...(await node.claim({ type: buildType, limit })),
      ...(await node.claimRules()),
    ];
    take(records);
  };
  const work = async (node: Steps) => {
    const job = chance.oneIn(8) ? chance.pick(jobs) : jobs.shift();
    if (!job) return claim(node);
    const fence = chance.oneIn(4) ? job.nonce : undefined;
    if (chance.oneIn(4)) await node.store.jobs.acknowledge(job.id, job.nonce);
    if (chance.oneIn(6)) return node.report(job.id, failure, fence);
    if (chance.oneIn(5)) {
      return node.report(job.id, { outcome: 'Succeeded', continuationToken: 'more' }, fence);
    }
    const currentRevision = chance.oneIn(3) ? { revision: 'r', changeIdentifier: 'c' } : undefined;
    return node.report(job.id, { outcome: 'Succeeded', outputVariables: { Tag: 'v' }, currentRevision }, fence);
  };
  const onExecution = async (node: Steps) => {
    const stageName = chance.pick(['Source', 'Build', 'Deploy']) ?? 'Build';
    const executionId = chance.pick(await node.store.executions.list(pipelineId, { limit: 4 }))?.id ?? '';
    const [kind, abandon] = [chance.below(6), chance.oneIn(2)];
    const key = keyOf(executionId, { stageName, onlyContinues: kind === 0 });
    await node.store.advance<unknown>(key, (snapshot, moment) => {
      if (kind === 0) return stopExecution(snapshot, { executionId, abandon, reason: 'enough' }, moment);
      if (kind <= 2) return retryStage(snapshot, { executionId, stageName, mode: 'FAILED_ACTIONS' }, moment);
      if (kind === 3) return retryStage(snapshot, { executionId, stageName, mode: 'ALL_ACTIONS' }, moment);
      if (kind === 4) {
        return overrideCondition(snapshot, { executionId, stageName, kind: 'beforeEntry', callerArn: 'arn' }, moment);
      }
      return rollbackStage(snapshot, { stageName, targetExecutionId: executionId, callerArn: 'arn' }, moment);
    });
  };
  const approve = async (node: Steps) => {
    const asking = await node.latestAction(pipelineId, 'Deploy', 'Ask');
    const status = chance.oneIn(5) ? 'Rejected' : 'Approved';
    const answer = { token: asking?.id ?? '', stageName: 'Deploy', actionName: 'Ask', updatedBy: 'arn' };
    const key = keyOf(asking?.executionId ?? '', { onlyContinues: true, actionId: asking?.id });
    await node.store.advance(key, (snapshot, moment) =>
      approvalResult(snapshot, { ...answer, status, summary: 'go' }, moment),
    );
  };
  const turnTransition = async (node: Steps) => {
    const stageName = chance.pick(['Source', 'Build', 'Deploy']) ?? 'Build';
    const closes = chance.oneIn(3);
    await node.store.advance(mill, (snapshot, moment) =>
      closes
        ? disableTransition(snapshot, { ...inbound, stageName, reason: 'freeze' }, moment)
        : enableTransition(snapshot, { ...inbound, stageName }, moment),
    );
  };
  const update = async (node: Steps) => {
    const executionMode = chance.pick(modes) ?? 'QUEUED';
    const revise = (current: StoredDeclaration) => ({ ...declaration(executionMode), version: current.version });
    await node.store.pipelines.update(scope, 'Mill', revise, endOutdated);
  };
  const pass = async (node: Steps) => {
    bench.clock.pass(chance.oneIn(40) ? customActionTimeoutMs : leaseMs);
    for (const id of await node.store.jobs.overdue(bench.clock.at, 9)) await node.timeOut(id);
    for (const { executionId } of await node.store.approvals.overdue(bench.clock.at, 9)) {
      await node.store.advance(keyOf(executionId, { onlyContinues: true }), approvalTimeout);
    }
  };
  const deliver = async (node: Steps) => {
    const job = chance.pick(jobs);
    if (job) await node.store.jobs.deliver(job.id, bench.clock.at + leaseMs);
  };
  const weighted: [number, (node: Steps) => Promise<unknown>][] = [
    [30, claim],
    [80, work],
    [4, (node) => node.start('Mill')],
    [8, approve],
    [4, onExecution],
    [2, turnTransition],
    [1, update],
    [5, pass],
    [3, deliver],
  ];
  const drawn = weighted.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));
  return {
    heldPolls,
    next(node: Steps): () => Promise<unknown> {
      const step = chance.pick(drawn) ?? work;
      return () => step(node);
    },
  };
}
