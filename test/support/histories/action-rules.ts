import { isManualApproval } from '../../../src/model/action-type.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ActionExecution, ArtifactInstance } from '../../../src/model/execution.ts';
import type { Job } from '../../../src/model/job.ts';
import type { StoredAction, StoredStage } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import type { World } from '../engine/harness.ts';
import { ruleTimeoutMs } from '../pipelines/conditions.ts';
import { isOutdated } from './end-rules.ts';
import { must } from './must.ts';

/** What must hold when an attempt of an action starts; `before` is without it. */
export function checkActionStart(world: World, started: ActionExecution, before: ExecutionSnapshot): void {
  const { stageName, actionName, start } = started;
  must(before.status === 'InProgress', 'no action starts after a stop', started);
  must(!isOutdated(world, before), 'no action of an outdated execution starts', started);
  const counting = before.actions.filter(
    (one) => one.stageName === stageName && !one.isRetried && one.conditionId === undefined,
  );
  const twin = counting.find((one) => one.actionName === actionName);
  must(twin === undefined, 'no action starts again but by a retry', started);
  must(
    counting.every((one) => (one.status !== 'Failed' && one.status !== 'Abandoned') || couldNotStart(world, one)),
    'no action starts beside one that has failed',
    started,
  );
  must(
    before.stages.some((one) => one.stageName === stageName && one.status === 'InProgress'),
    'an action starts only in a stage its execution is inside of',
    started,
  );
  const isNewest = before.executionMode === 'PARALLEL' || world.lastEntrant(stageName) === before.id;
  must(isNewest, 'the newest execution of a stage is the one at work', started);
  const { actions } = stageOf(world, before, stageName);
  const isDone = actions
    .filter(({ runOrder }) => runOrder < start.runOrder)
    .every(({ name }) => counting.some((one) => one.actionName === name && one.status === 'Succeeded'));
  must(isDone, 'an action starts only after every lower run order', started);
  const declared = actions.find(({ name }) => name === actionName);
  must(declared !== undefined, 'only declared actions start', started);
  const deadlineAt = started.startedAt + timeoutMsOf(world, declared);
  must(
    !isManualApproval(declared.actionTypeId) || started.deadlineAt === deadlineAt || started.deadlineAt === undefined,
    'an approval is waited for as long as is declared',
    started,
  );
}

/** The actions of one run order start together, those that cannot too. */
function couldNotStart(world: World, { startedAt, error }: ActionExecution): boolean {
  return startedAt === world.clock.at && error?.code === 'ConfigurationError';
}

/** What a worker, a person or time does to an attempt; `before` is the execution before it. */
export function checkAttempt(world: World, after: ActionExecution, before: ExecutionSnapshot): void {
  const attempt = before.actions.find(({ id }) => id === after.id);
  must(attempt !== undefined, 'only what has started goes on', after);
  const subject = { attempt, after };
  const isFixed =
    after.start.inputArtifacts === attempt.start.inputArtifacts &&
    after.start.resolvedConfiguration === attempt.start.resolvedConfiguration &&
    after.start.outputArtifacts.every(
      ({ objectKey }, index) => objectKey === attempt.start.outputArtifacts[index]?.objectKey,
    );
  must(isFixed, 'what is fixed at the start of an action stays', subject);
  const isKept = Object.keys(attempt.progress).every((told) => told in after.progress);
  must(
    isKept && (!attempt.currentRevision || after.currentRevision !== undefined),
    'what was told along the way holds',
    subject,
  );
  const isOverdue = attempt.deadlineAt === undefined || attempt.deadlineAt <= world.clock.at;
  must(after.error?.code !== 'ApprovalTimedOut' || isOverdue, 'nothing times out before its time', subject);
}

/** Jobs time out when it is time. */
export function checkJobEnd(
  world: World,
  { jobId, status }: Extract<Change, { kind: 'jobEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { deadlineAt = Number.POSITIVE_INFINITY } = before.jobs.find(({ id }) => id === jobId) ?? {};
  must(status !== 'TimedOut' || deadlineAt <= world.clock.at, 'nothing times out before its time', {
    jobId,
    deadlineAt,
  });
}

/** What must hold when a job is queued, be it the first of its action or a continuation; `before` is without it. */
export function checkJobStart(world: World, job: Job, before: ExecutionSnapshot): void {
  const action = before.actions.find(({ id }) => id === job.actionExecutionId);
  must(action?.status === 'InProgress' && !action.isRetried, 'only what is in progress has work', job);
  must(!isManualApproval(action.start.actionTypeId), 'nobody works on an approval', job);
  const declared = declaredOf(world, action, before);
  const others = before.jobs.filter(({ actionExecutionId }) => actionExecutionId === action.id);
  must(!others.some(({ status }) => isOpenJob(status)), 'an action has one job at a time', job);
  must(
    job.deadlineAt === action.startedAt + declared.timeoutMs,
    'the time of an action runs from its start through all its jobs',
    { job, action },
  );
  must(job.offerAt !== undefined && job.offerAt >= world.clock.at, 'a queued job is on offer', job);
  const inputs = action.start.inputArtifacts.map(({ name, objectKey }) => ({ name, objectKey }));
  const wanted = declared.inputArtifacts.map(({ name }) => ({ name, objectKey: placeOf(before, name)?.objectKey }));
  must(
    wanted.every(({ objectKey }, index) => objectKey !== undefined && objectKey === inputs[index]?.objectKey),
    'no action works before its inputs exist, nor on those of an earlier attempt',
    { inputs, wanted },
  );
  for (const [key, value] of Object.entries(declared.configuration)) {
    const resolved = action.start.resolvedConfiguration[key];
    must(resolved === resolve(value, before), 'references stand for what the newest attempt told', { action, before });
  }
}

/** What of a declared action or rule its job depends on. */
function declaredOf(world: World, { stageName, actionName, conditionId }: ActionExecution, before: ExecutionSnapshot) {
  const stage = stageOf(world, before, stageName);
  const action = stage.actions.find(({ name }) => name === actionName);
  if (conditionId === undefined && action) return { ...action, timeoutMs: timeoutMsOf(world, action) };
  const kind = before.conditions.find(({ id }) => id === conditionId)?.kind ?? 'onFailure';
  const rules = stage[kind]?.conditions?.flatMap((condition) => condition.rules ?? []);
  const rule = rules?.find(({ name }) => name === actionName);
  must(rule !== undefined, 'only declared actions and rules are worked on', { stageName, actionName });
  const { configuration = {}, inputArtifacts = [] } = rule;
  return { configuration, inputArtifacts, timeoutMs: ruleTimeoutMs };
}

function stageOf(world: World, { pipelineVersion }: ExecutionSnapshot, stageName: string): StoredStage {
  const stage = world.declaration(pipelineVersion).stages.find(({ name }) => name === stageName);
  must(stage !== undefined, 'executions keep to the stages of their version', stageName);
  return stage;
}

function timeoutMsOf(world: World, { actionTypeId, timeoutInMinutes }: StoredAction): number {
  const { category, provider } = actionTypeId;
  const type = world.actionTypes.find(({ definition: { id } }) => id.category === category && id.provider === provider);
  return timeoutInMinutes === undefined ? (type?.timeoutMs ?? Number.NaN) : timeoutInMinutes * 60_000;
}

/** The artifact of the newest attempt that counts, or what a rollback came with. */
function placeOf(execution: ExecutionSnapshot, name: string): ArtifactInstance | undefined {
  const isIt = (artifact: ArtifactInstance) => artifact.name === name;
  const producer = execution.actions.findLast(({ start }) => start.outputArtifacts.some(isIt));
  if (!producer) return execution.rollback?.artifacts.find(isIt);
  return producer.status === 'Succeeded' && !producer.isRetried ? producer.start.outputArtifacts.find(isIt) : undefined;
}

/** References as the generated pipelines have them: one a configuration, to the variable `Tag` of an earlier action. */
function resolve(configured: unknown, execution: ExecutionSnapshot): unknown {
  const [reference, namespace, key = ''] =
    (typeof configured === 'string' ? /#\{(\w+)\.(\w+)\}/.exec(configured) : undefined) ?? [];
  if (typeof configured !== 'string' || reference === undefined) return configured;
  const told = execution.actions.findLast(({ start }) => start.namespace === namespace);
  const variables = told
    ? told.outputVariables
    : execution.rollback?.namespaces.findLast(({ name }) => name === namespace)?.variables;
  return configured.replaceAll(reference, variables?.[key] ?? 'nothing');
}
