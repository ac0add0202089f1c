import { isManualApproval } from '../../../src/model/action-type.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ActionExecution, ArtifactInstance } from '../../../src/model/execution.ts';
import type { Job } from '../../../src/model/job.ts';
import type { StoredAction, StoredStage } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import type { Harness } from '../engine/harness.ts';
import { ruleTimeoutMs } from '../pipelines/conditions.ts';
import { isOutdated } from './end-rules.ts';
import { must } from './must.ts';

/** Checks the start of an attempt of an action; `before` is the execution without it. */
export function checkActionStart(harness: Harness, started: ActionExecution, before: ExecutionSnapshot): void {
  const { stageName, actionName, start } = started;
  must(before.status === 'InProgress', 'no action starts after a stop', started);
  must(!isOutdated(harness, before), 'no action of an outdated execution starts', started);
  const counting = before.actions.filter(
    (one) => one.stageName === stageName && !one.isRetried && one.conditionId === undefined,
  );
  const twin = counting.find((one) => one.actionName === actionName);
  must(twin === undefined, 'only a retry starts an action again', started);
  must(
    counting.every((one) => (one.status !== 'Failed' && one.status !== 'Abandoned') || couldNotStart(harness, one)),
    'no action starts next to a failed one',
    started,
  );
  must(
    before.stages.some((one) => one.stageName === stageName && one.status === 'InProgress'),
    'an action starts only in a stage that its execution is in',
    started,
  );
  const isNewest = before.executionMode === 'PARALLEL' || harness.lastEntrant(stageName) === before.id;
  must(isNewest, 'the latest execution of a stage is the running one', started);
  const { actions } = stageOf(harness, before, stageName);
  const isDone = actions
    .filter(({ runOrder }) => runOrder < start.runOrder)
    .every(({ name }) => counting.some((one) => one.actionName === name && one.status === 'Succeeded'));
  must(isDone, 'an action starts only after every lower run order', started);
  const declared = actions.find(({ name }) => name === actionName);
  must(declared !== undefined, 'only declared actions start', started);
  const deadlineAt = started.startedAt + timeoutMsOf(harness, declared);
  must(
    !isManualApproval(declared.actionTypeId) || started.deadlineAt === deadlineAt || started.deadlineAt === undefined,
    'an approval is pending for its declared timeout',
    started,
  );
}

/** The actions of one run order start together, including those that fail to start. */
function couldNotStart(harness: Harness, { startedAt, error }: ActionExecution): boolean {
  return startedAt === harness.clock.at && error?.code === 'ConfigurationError';
}

/** Checks a change of an attempt by a worker, an approval or time; `before` is the execution before it. */
export function checkAttempt(harness: Harness, after: ActionExecution, before: ExecutionSnapshot): void {
  const attempt = before.actions.find(({ id }) => id === after.id);
  must(attempt !== undefined, 'only started attempts progress', after);
  const subject = { attempt, after };
  const isFixed =
    after.start.inputArtifacts === attempt.start.inputArtifacts &&
    after.start.resolvedConfiguration === attempt.start.resolvedConfiguration &&
    after.start.outputArtifacts.every(
      ({ objectKey }, index) => objectKey === attempt.start.outputArtifacts[index]?.objectKey,
    );
  must(isFixed, 'the start of an attempt does not change', subject);
  const isKept = Object.keys(attempt.progress).every((name) => name in after.progress);
  must(
    isKept && (!attempt.currentRevision || after.currentRevision !== undefined),
    'reported progress is kept',
    subject,
  );
  const isOverdue = attempt.deadlineAt === undefined || attempt.deadlineAt <= harness.clock.at;
  must(after.error?.code !== 'ApprovalTimedOut' || isOverdue, 'nothing times out early', subject);
}

/** Jobs time out at their deadline. */
export function checkJobEnd(
  harness: Harness,
  { jobId, status }: Extract<Change, { kind: 'jobEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { deadlineAt = Number.POSITIVE_INFINITY } = before.jobs.find(({ id }) => id === jobId) ?? {};
  must(status !== 'TimedOut' || deadlineAt <= harness.clock.at, 'nothing times out early', {
    jobId,
    deadlineAt,
  });
}

/** Checks a queued job, the first of its action or a continuation; `before` is the execution without it. */
export function checkJobStart(harness: Harness, job: Job, before: ExecutionSnapshot): void {
  const action = before.actions.find(({ id }) => id === job.actionExecutionId);
  must(action?.status === 'InProgress' && !action.isRetried, 'only what is in progress has work', job);
  must(!isManualApproval(action.start.actionTypeId), 'an approval has no job', job);
  const declared = declaredOf(harness, action, before);
  const others = before.jobs.filter(({ actionExecutionId }) => actionExecutionId === action.id);
  must(!others.some(({ status }) => isOpenJob(status)), 'an action has one job at a time', job);
  must(
    job.deadlineAt === action.startedAt + declared.timeoutMs,
    'the time of an action runs from its start through all its jobs',
    { job, action },
  );
  must(job.offerAt !== undefined && job.offerAt >= harness.clock.at, 'a queued job is offered', job);
  const inputs = action.start.inputArtifacts.map(({ name, objectKey }) => ({ name, objectKey }));
  const wanted = declared.inputArtifacts.map(({ name }) => ({ name, objectKey: placeOf(before, name)?.objectKey }));
  must(
    wanted.every(({ objectKey }, index) => objectKey !== undefined && objectKey === inputs[index]?.objectKey),
    'an action starts only with existing inputs of the latest attempt',
    { inputs, wanted },
  );
  for (const [key, value] of Object.entries(declared.configuration)) {
    const resolved = action.start.resolvedConfiguration[key];
    must(resolved === resolve(value, before), 'references resolve to the variables of the latest attempt', {
      action,
      before,
    });
  }
}

/** The parts of a declared action or rule that its job depends on. */
function declaredOf(
  harness: Harness,
  { stageName, actionName, conditionId }: ActionExecution,
  before: ExecutionSnapshot,
) {
  const stage = stageOf(harness, before, stageName);
  const action = stage.actions.find(({ name }) => name === actionName);
  if (conditionId === undefined && action) return { ...action, timeoutMs: timeoutMsOf(harness, action) };
  const kind = before.conditions.find(({ id }) => id === conditionId)?.kind ?? 'onFailure';
  const rules = stage[kind]?.conditions?.flatMap((condition) => condition.rules ?? []);
  const rule = rules?.find(({ name }) => name === actionName);
  must(rule !== undefined, 'only declared actions and rules have jobs', { stageName, actionName });
  const { configuration = {}, inputArtifacts = [] } = rule;
  return { configuration, inputArtifacts, timeoutMs: ruleTimeoutMs };
}

function stageOf(harness: Harness, { pipelineVersion }: ExecutionSnapshot, stageName: string): StoredStage {
  const stage = harness.declaration(pipelineVersion).stages.find(({ name }) => name === stageName);
  must(stage !== undefined, 'executions are only in stages of their version', stageName);
  return stage;
}

function timeoutMsOf(harness: Harness, { actionTypeId, timeoutInMinutes }: StoredAction): number {
  const { category, provider } = actionTypeId;
  const type = harness.actionTypes.find(
    ({ definition: { id } }) => id.category === category && id.provider === provider,
  );
  return timeoutInMinutes === undefined ? (type?.timeoutMs ?? Number.NaN) : timeoutInMinutes * 60_000;
}

/** The artifact of the latest counting attempt, or of a rollback. */
function placeOf(execution: ExecutionSnapshot, name: string): ArtifactInstance | undefined {
  const isIt = (artifact: ArtifactInstance) => artifact.name === name;
  const producer = execution.actions.findLast(({ start }) => start.outputArtifacts.some(isIt));
  if (!producer) return execution.rollback?.artifacts.find(isIt);
  return producer.status === 'Succeeded' && !producer.isRetried ? producer.start.outputArtifacts.find(isIt) : undefined;
}

/** The references of generated pipelines: one per configuration, to the variable `Tag` of an earlier action. */
function resolve(configured: unknown, execution: ExecutionSnapshot): unknown {
  const [reference, namespace, key = ''] =
    (typeof configured === 'string' ? /#\{(\w+)\.(\w+)\}/.exec(configured) : undefined) ?? [];
  if (typeof configured !== 'string' || reference === undefined) return configured;
  const producer = execution.actions.findLast(({ start }) => start.namespace === namespace);
  const variables = producer
    ? producer.outputVariables
    : execution.rollback?.namespaces.findLast(({ name }) => name === namespace)?.variables;
  return configured.replaceAll(reference, variables?.[key] ?? 'nothing');
}
