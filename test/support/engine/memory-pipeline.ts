import { endOutdated } from '../../../src/engine/events/update-pipeline.ts';
import { apply } from '../../../src/engine/tick/apply.ts';
import type { CataloguedActionType } from '../../../src/model/action-type.ts';
import type { Change } from '../../../src/model/change.ts';
import type { Decide, Decision } from '../../../src/model/decision.ts';
import type { SourceRevision } from '../../../src/model/execution.ts';
import type { Job } from '../../../src/model/job.ts';
import type { StoredDeclaration } from '../../../src/model/pipeline.ts';
import { defaultQuotas, type ExecutionLimits } from '../../../src/model/quotas.ts';
import type { ExecutionSnapshot, Snapshot } from '../../../src/model/snapshot.ts';
import { isOpenJob } from '../../../src/model/status.ts';
import { ruleCatalogue } from '../pipelines/conditions.ts';
import { approvalType, catalogue, pipelineOf } from '../pipelines/declarations.ts';
import { assertSameOccupancy, type Counted, createRows, isKnown, lastSuccess } from './harness-rows.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

/** The parts of the pipeline that an event concerns. */
interface Touched {
  executionId?: string;
  /** An ended job that the event concerns. */
  jobId?: string;
  /** The stage whose latest entrant is needed. */
  stageName?: string;
  clientRequestToken?: string;
  /** An announced revision. */
  revision?: SourceRevision;
}

/** Called for every change with the execution before and after it. */
export type Observer = (change: Change, before: ExecutionSnapshot | undefined, after: ExecutionSnapshot) => void;

/** Options of a pipeline in memory. */
export interface MemoryParts {
  types?: CataloguedActionType[];
  clock?: TestClock;
  observe?: Observer;
  /** Called for every decision that was not refused, with its snapshot. */
  weigh?: (seen: Snapshot, changes: readonly Change[]) => void;
  limits?: ExecutionLimits;
}

/**
 * All executions of one pipeline, in memory. Performs the store's part (snapshots, writes, follow-ups) with the
 * engine's own `apply`, so that the engine can be tested without a database.
 */
export interface MemoryPipeline {
  readonly clock: TestClock;
  readonly actionTypes: CataloguedActionType[];
  /** Returns the declaration of a version, by default the latest. */
  declaration(version?: number): StoredDeclaration;
  /** Makes this declaration the next version, ignoring its version number. */
  update(declaration: StoredDeclaration): void;
  /** Oldest first. */
  executions(): readonly ExecutionSnapshot[];
  /** Executions in a stage or waiting for one, oldest first. */
  placed(): ExecutionSnapshot[];
  execution(id: string): ExecutionSnapshot;
  /** The execution that entered the stage last, except PARALLEL ones, as in GetPipelineState. */
  lastEntrant(stageName: string): string | undefined;
  /** The parts of the latest snapshot that concern all executions, computed from all rows again. */
  recount(): Counted;
  /** Returns the ids of the executions that were written since the last call. */
  takeTouched(): string[];
  /** The snapshot of a decision, with the open jobs and that of the event. */
  snapshot(touched?: Touched): Snapshot;
  /** Decides and, unless refused, writes the changes and those that follow from them. */
  advance<Answer>(touched: Touched, decide: Decide<Answer>): Decision<Answer>;
  /** Changes the row of a job, like claims and acknowledgements. */
  updateJob(executionId: string, jobId: string, mend: (open: Job) => Job): void;
  isClosed(stageName: string): boolean;
}

const kindsOfPipeline: ReadonlySet<Change['kind']> = new Set([
  'transitionDisabled',
  'transitionEnabled',
  'sourceSeen',
  'refSeen',
  'pullRequestTaken',
]);

export function createMemoryPipeline(declaration: StoredDeclaration, parts: MemoryParts): MemoryPipeline {
  const clock = parts.clock ?? createTestClock();
  let pipeline = pipelineOf(declaration);
  const versions = new Map([[declaration.version, declaration]]);
  const actionTypes = parts.types ?? [...catalogue, approvalType];
  const rows = createRows();
  const limits = parts.limits ?? defaultQuotas;
  let touchedIds = new Set<string>();

  const execution = (id: string): ExecutionSnapshot => {
    const found = rows.find(id);
    if (!found) throw new Error(`no execution ${id}`);
    return found;
  };
  const declarationOf: MemoryPipeline['declaration'] = (version = pipeline.version) => {
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
  const snapshot: MemoryPipeline['snapshot'] = (touched = {}) => {
    const { executionId, jobId } = touched;
    return snapshotOf(executionId === undefined ? undefined : visible(execution(executionId), jobId), touched);
  };
  const put = (one: ExecutionSnapshot): void => {
    rows.put(one);
    touchedIds.add(one.id);
  };
  const write = (change: Change): void => {
    rows.note(change);
    // These concern only the pipeline.
    if (kindsOfPipeline.has(change.kind)) return;
    const id = change.kind === 'executionStarted' ? change.execution.id : rows.subjectOf(change);
    const before = rows.find(id);
    const after = apply(snapshotOf(before, {}), change, clock.at);
    if (!after.execution) throw new Error(`${change.kind} left no execution`);
    put(after.execution);
    assertSameOccupancy(after, snapshotOf(after.execution, {}));
    parts.observe?.(change, before, after.execution);
  };
  const advance: MemoryPipeline['advance'] = (touched, decide) => {
    const seen = snapshot(touched);
    const decision = decide(seen, clock.moment());
    if ('refuse' in decision) return decision;
    parts.weigh?.(seen, decision.changes);
    for (const change of decision.changes) write(change);
    for (const next of decision.then ?? []) {
      const executionId =
        'executionId' in next ? next.executionId : lastSuccess(rows.all(), next.lastSucceededIn, pipeline.version);
      if (executionId !== undefined) advance({ executionId }, next.decide);
    }
    return decision;
  };
  return {
    clock,
    actionTypes,
    declaration: declarationOf,
    update(next) {
      const version = pipeline.version + 1;
      versions.set(version, { ...next, version });
      pipeline = { ...pipeline, version, updatedAt: clock.at };
      advance({}, endOutdated);
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
    updateJob(executionId, jobId, mend) {
      const before = execution(executionId);
      put({ ...before, jobs: before.jobs.map((one) => (one.id === jobId ? mend(one) : one)) });
    },
    isClosed: (stageName) => rows.transition(stageName)?.enabled === false,
  };
}

function visible(execution: ExecutionSnapshot, jobId: string | undefined): ExecutionSnapshot {
  const isSeen = ({ id, status }: Job) => id === jobId || isOpenJob(status);
  return execution.jobs.every(isSeen) ? execution : { ...execution, jobs: execution.jobs.filter(isSeen) };
}
