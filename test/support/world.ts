import { apply } from '../../src/engine/apply.ts';
import { type ApprovalAnswer, approvalResult } from '../../src/engine/approval-result.ts';
import { approvalTimeout } from '../../src/engine/approval-timeout.ts';
import { jobResult } from '../../src/engine/job-result.ts';
import { jobTimeout } from '../../src/engine/job-timeout.ts';
import { overrideCondition } from '../../src/engine/override-condition.ts';
import { type RetryRequest, retryStage } from '../../src/engine/retry-stage.ts';
import { rollbackStage } from '../../src/engine/rollback-stage.ts';
import { type StartRequest, startExecution } from '../../src/engine/start-execution.ts';
import { type StopRequest, stopExecution } from '../../src/engine/stop-execution.ts';
import { disableTransition, enableTransition } from '../../src/engine/transition.ts';
import { lookAtOutdated } from '../../src/engine/update-pipeline.ts';
import type { CataloguedActionType } from '../../src/model/action-type.ts';
import type { Change } from '../../src/model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../src/model/condition.ts';
import type { Decide, Decision } from '../../src/model/decision.ts';
import type { ActionExecution, SourceRevision } from '../../src/model/execution.ts';
import type { Job, JobResult } from '../../src/model/job.ts';
import type { StoredDeclaration } from '../../src/model/pipeline.ts';
import { defaultQuotas, type ExecutionLimits } from '../../src/model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../src/model/snapshot.ts';
import { isOpenJob } from '../../src/model/status.ts';
import { ruleCatalogue } from './conditions.ts';
import { createTestClock, type TestClock } from './moments.ts';
import { approvalType, catalogue, pipelineOf } from './pipelines.ts';
import { assertSameOccupancy, type Counted, createRows, isKnown, lastSuccess, newest } from './world-rows.ts';

type Details = Omit<Extract<JobResult, { outcome: 'Succeeded' }>, 'outcome'>;

/** What of the pipeline an event is about. */
interface Touched {
  executionId?: string;
  /** An ended job the event is about nevertheless. */
  jobId?: string;
  /** The stage whose last entrant matters. */
  stageName?: string;
  clientRequestToken?: string;
  /** A revision that is announced. */
  revision?: SourceRevision;
}

/** Told about every change with the execution as it was before and is after. */
export type Observer = (change: Change, before: ExecutionSnapshot | undefined, after: ExecutionSnapshot) => void;

/**
 * All executions of one pipeline, in memory: the store's part (snapshots, writes, follow-ups) played with the engine's
 * own `apply`, so that the engine is tested with no database.
 */
export interface World {
  readonly clock: TestClock;
  readonly continuationDelayMs: number;
  readonly actionTypes: CataloguedActionType[];
  /** The declaration of a version; of the newest without a number. */
  declaration(version?: number): StoredDeclaration;
  /** Makes this declaration the next version, whatever number it carries. */
  update(declaration: StoredDeclaration): void;
  /** Oldest first. */
  executions(): readonly ExecutionSnapshot[];
  /** Those that are inside a stage or wait before one, oldest first. */
  placed(): ExecutionSnapshot[];
  execution(id: string): ExecutionSnapshot;
  /** Who entered the stage last, PARALLEL executions aside: what GetPipelineState shows as its latest execution. */
  lastEntrant(stageName: string): string | undefined;
  /** What the newest snapshot says of all executions, made of all rows once more. */
  recount(): Counted;
  /** The ids of the executions that were written since this was asked last. */
  takeTouched(): string[];
  /** What a decision may see: of the jobs the open ones and the event's own. */
  snapshot(touched?: Touched): Snapshot;
  /** Decides and, unless refused, writes the changes and what follows from them. */
  advance<Answer>(touched: Touched, decide: Decide<Answer>): Decision<Answer>;
  /** Closes or opens the way into a stage. */
  isClosed(stageName: string): boolean;
  close(stageName: string, reason?: string): Decision;
  open(stageName: string): Decision;
  /** Starts an execution and answers its id. */
  start(request?: Partial<StartRequest>): string;
  /** Reports on the open job of an action, or on the job with that id. */
  report(executionId: string, job: string, result: JobResult, fence?: string): Decision;
  succeed(executionId: string, job: string, details?: Details): Decision;
  fail(executionId: string, job: string): Decision;
  /** Ends what is overdue of an execution: jobs, then approvals. */
  timeOut(executionId: string): Decision;
  /** Answers the newest attempt of an approval; `Approved` without a summary unless said otherwise. */
  answer(executionId: string, actionName: string, answer?: Partial<ApprovalAnswer>): Decision<number>;
  retry(executionId: string, stageName: string, mode?: RetryRequest['mode']): Decision<string>;
  rollBack(stageName: string, targetExecutionId: string): Decision<string>;
  stop(executionId: string, request?: Partial<StopRequest>): Decision;
  override(executionId: string, stageName: string, kind: 'beforeEntry' | 'onSuccess'): Decision;
  /** The newest check of a condition. */
  check(executionId: string, stageName: string, kind: ConditionKind): ConditionExecution;
  /** The newest attempt of an action, or the newest check of a rule. */
  action(executionId: string, actionName: string): ActionExecution;
  /** The newest job of an action. */
  job(executionId: string, actionName: string): Job;
  /** What a claim and an acknowledgement do to a job's row. */
  deliver(executionId: string, jobId: string): void;
  acknowledge(executionId: string, jobId: string): void;
}

/** The text of a refusal's code and message; throws when the decision was taken. */
export function refusalOf(decision: Decision<unknown>): { refuse: string; message: string } {
  if (!('refuse' in decision)) throw new Error(`not refused, but: ${kindsOf(decision).join(', ')}`);
  return decision;
}

/** The changes of a decision; throws when it was refused. */
export function changesOf(decision: Decision<unknown>): Change[] {
  if ('refuse' in decision) throw new Error(`refused: ${decision.message}`);
  return decision.changes;
}

/** The kinds of a decision's changes, in order. */
export function kindsOf(decision: Decision<unknown>): Change['kind'][] {
  return changesOf(decision).map(({ kind }) => kind);
}

/** An empty world of one pipeline. */
export function createWorld(
  declaration: StoredDeclaration,
  parts: { types?: CataloguedActionType[]; clock?: TestClock; observe?: Observer; limits?: ExecutionLimits } = {},
): World {
  const clock = parts.clock ?? createTestClock();
  let pipeline = pipelineOf(declaration);
  const versions = new Map([[declaration.version, declaration]]);
  const actionTypes = parts.types ?? [...catalogue, approvalType];
  const rows = createRows();
  const limits = parts.limits ?? defaultQuotas;
  let touchedIds = new Set<string>();
  const continuationDelayMs = 1000;

  const execution = (id: string): ExecutionSnapshot => {
    const found = rows.find(id);
    if (!found) throw new Error(`no execution ${id}`);
    return found;
  };
  const declarationOf: World['declaration'] = (version = pipeline.version) => {
    const found = versions.get(version);
    if (!found) throw new Error(`no version ${version}`);
    return found;
  };
  const snapshotOf = (touched: ExecutionSnapshot | undefined, about: Touched): Snapshot => {
    const seen = declarationOf(touched?.pipelineVersion);
    const { stageName = '', clientRequestToken = '', revision } = about;
    return {
      pipeline,
      declaration: seen,
      actionTypes,
      ruleTypes: ruleCatalogue,
      occupancy: rows.occupancy(seen),
      execution: touched,
      runningExecutions: rows.running(),
      limits,
      lastEntrant: rows.lastEntrant(stageName),
      isKnownRevision: revision && isKnown(rows.all(), revision),
      startedWithSameToken: rows.startedWith(clientRequestToken),
    };
  };
  const snapshot: World['snapshot'] = (touched = {}) => {
    const { executionId, jobId } = touched;
    return snapshotOf(executionId === undefined ? undefined : visible(execution(executionId), jobId), touched);
  };
  const put = (one: ExecutionSnapshot): void => {
    rows.put(one);
    touchedIds.add(one.id);
  };
  const write = (change: Change): void => {
    rows.note(change);
    if (change.kind === 'transitionDisabled' || change.kind === 'transitionEnabled') return;
    const id = change.kind === 'executionStarted' ? change.execution.id : rows.subjectOf(change);
    const before = rows.find(id);
    const after = apply(snapshotOf(before, {}), change, clock.at);
    if (!after.execution) throw new Error(`${change.kind} left no execution`);
    put(after.execution);
    assertSameOccupancy(after, snapshotOf(after.execution, {}));
    parts.observe?.(change, before, after.execution);
  };
  const advance: World['advance'] = (touched, decide) => {
    const decision = decide(snapshot(touched), clock.moment());
    if ('refuse' in decision) return decision;
    for (const change of decision.changes) write(change);
    for (const next of decision.then ?? []) {
      const executionId =
        'executionId' in next ? next.executionId : lastSuccess(rows.all(), next.lastSucceededIn, pipeline.version);
      if (executionId !== undefined) advance({ executionId }, next.decide);
    }
    return decision;
  };
  const action: World['action'] = (id, name) => newest(execution(id).actions, ({ actionName }) => actionName === name);
  const job: World['job'] = (id, name) => {
    const { id: actionId } = action(id, name);
    return newest(execution(id).jobs, ({ actionExecutionId }) => actionExecutionId === actionId);
  };
  const report: World['report'] = (executionId, name, result, fence) => {
    const isId = execution(executionId).jobs.some(({ id }) => id === name);
    const jobId = isId ? name : job(executionId, name).id;
    return advance({ executionId, jobId }, (seen, moment) =>
      jobResult(seen, { jobId, result, fence, continuationDelayMs }, moment),
    );
  };
  const mendJob = (executionId: string, jobId: string, mend: (open: Job) => Job): void => {
    const before = execution(executionId);
    put({ ...before, jobs: before.jobs.map((one) => (one.id === jobId ? mend(one) : one)) });
  };
  return {
    clock,
    continuationDelayMs,
    actionTypes,
    declaration: declarationOf,
    update(next) {
      const version = pipeline.version + 1;
      versions.set(version, { ...next, version });
      pipeline = { ...pipeline, version, updatedAt: clock.at };
      advance({}, lookAtOutdated);
    },
    executions: rows.all,
    placed: rows.placed,
    execution,
    lastEntrant: rows.lastEntrant,
    recount: () => rows.recount(declarationOf()),
    takeTouched() {
      const taken = [...touchedIds];
      touchedIds = new Set();
      return taken;
    },
    snapshot,
    advance,
    isClosed: (stageName) => rows.transition(stageName)?.enabled === false,
    close: (stageName, reason = 'closed') =>
      advance({}, (seen, moment) =>
        disableTransition(seen, { stageName, transitionType: 'Inbound', reason, changedBy: 'arn' }, moment),
      ),
    open: (stageName) =>
      advance({}, (seen, moment) =>
        enableTransition(seen, { stageName, transitionType: 'Inbound', changedBy: 'arn' }, moment),
      ),
    start(request = {}) {
      const { clientRequestToken } = request;
      const decision = advance({ clientRequestToken }, (seen, moment) =>
        startExecution(seen, { triggerType: 'StartPipelineExecution', ...request }, moment),
      );
      if ('refuse' in decision) throw new Error(decision.message);
      return decision.answer;
    },
    report,
    succeed: (id, name, details) => report(id, name, { outcome: 'Succeeded', ...details }),
    fail: (id, name) => report(id, name, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } }),
    retry: (executionId, stageName, mode = 'FAILED_ACTIONS') =>
      advance({ executionId, stageName }, (seen, moment) => retryStage(seen, { executionId, stageName, mode }, moment)),
    rollBack: (stageName, targetExecutionId) =>
      advance({ executionId: targetExecutionId }, (seen, moment) =>
        rollbackStage(seen, { stageName, targetExecutionId, callerArn: 'arn' }, moment),
      ),
    stop: (executionId, request) =>
      advance({ executionId }, (seen, moment) =>
        stopExecution(seen, { executionId, abandon: false, ...request }, moment),
      ),
    override: (executionId, stageName, kind) =>
      advance({ executionId, stageName }, (seen, moment) =>
        overrideCondition(seen, { executionId, stageName, kind, callerArn: 'arn' }, moment),
      ),
    check: (id, stageName, kind) =>
      newest(execution(id).conditions, (one) => one.stageName === stageName && one.kind === kind),
    timeOut(executionId) {
      const decision = advance({ executionId }, jobTimeout);
      const approvals = advance({ executionId }, approvalTimeout);
      return kindsOf(decision).length > 0 ? decision : approvals;
    },
    answer(executionId, actionName, answer) {
      const { id: token, stageName } = action(executionId, actionName);
      const whole = {
        token,
        stageName,
        actionName,
        status: 'Approved',
        summary: '',
        updatedBy: 'arn',
        ...answer,
      } as const;
      return advance({ executionId }, (seen, moment) => approvalResult(seen, whole, moment));
    },
    action,
    job,
    deliver: (id, jobId) =>
      mendJob(id, jobId, (open) => ({ ...open, status: 'Dispatched', deliveries: open.deliveries + 1 })),
    acknowledge: (id, jobId) => mendJob(id, jobId, (open) => ({ ...open, status: 'InProgress', offerAt: undefined })),
  };
}

function visible(execution: ExecutionSnapshot, jobId: string | undefined): ExecutionSnapshot {
  const isSeen = ({ id, status }: Job) => id === jobId || isOpenJob(status);
  return execution.jobs.every(isSeen) ? execution : { ...execution, jobs: execution.jobs.filter(isSeen) };
}

/** The approvals of an execution that wait for an answer. */
export { waitingApprovals } from '../../src/engine/waiting-approvals.ts';

/** The open jobs of an execution. */
export function openJobs(execution: ExecutionSnapshot): Job[] {
  return execution.jobs.filter(({ status }) => isOpenJob(status));
}
