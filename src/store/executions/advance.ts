import { ServiceError } from '../../contract/errors.ts';
import type { Change } from '../../model/change.ts';
import type { Decide, Decision, FollowUp, Moment } from '../../model/decision.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { keyName } from '../../model/queue-key.ts';
import type { Statements } from '../database.ts';
import type { HandOff, Offer } from '../jobs/hand-off.ts';
import type { LockedJob, PipelineLock } from '../jobs/job-locks.ts';
import { logWake } from '../jobs/job-logs.ts';
import { actionsIn } from '../jobs/job-record.ts';
import { writeChange } from './changes.ts';
import { newRevision, stateOf } from './kept-states.ts';
import { findLastSuccess } from './latest-executions.ts';
import { type AdvanceKey, jobTarget, type LockedTarget, lockTarget } from './lock-target.ts';
import { loadSnapshot, readSnapshot, type SnapshotSources } from './snapshot.ts';

/** A committed change, and the pipeline it is about. */
export interface Fact {
  pipeline: Pipeline;
  change: Change;
}

/** The result of a transaction that decides: what to return, and what to announce after the commit. */
export interface Outcome<Answer> extends Written {
  answer: Answer;
}

interface Written {
  /** Names to notify: of jobs that were queued, and of logs that are complete. */
  notifications: Set<string>;
  facts: Fact[];
}

/** The outcome of a transaction that wrote nothing. */
export function unchanged<Answer>(answer: Answer): Outcome<Answer> {
  return { answer, notifications: new Set(), facts: [] };
}

/** What all decisions of a transaction share. */
export interface TransactionContext extends SnapshotSources {
  moment: Moment;
  /** The caller; undefined for what the server does by itself. */
  origin?: Origin;
  handOff: HandOff;
}

/** Locks what `key` names, decides and writes the changes. `job` is set if the pipeline of a job is locked already. */
export async function advance<Answer>(
  sql: Statements,
  key: AdvanceKey,
  decide: Decide<Answer>,
  context: TransactionContext,
  job?: LockedJob,
): Promise<Outcome<Answer>> {
  const target = job && key.kind === 'job' ? jobTarget(key, job) : await lockTarget(sql, key);
  return advanceLocked(sql, target, decide, context);
}

/** Decides about a pipeline that this transaction has locked or created, and writes the changes. */
export async function advanceLocked<Answer>(
  sql: Statements,
  target: LockedTarget,
  decide: Decide<Answer>,
  context: TransactionContext,
): Promise<Outcome<Answer>> {
  const { pipeline, lock } = target;
  const loaded = await loadSnapshot(sql, target, context);
  const decision = decide(loaded.snapshot, context.moment);
  if ('refuse' in decision) throw new ServiceError(decision.refuse, decision.message);
  const outcome = unchanged(decision.answer);
  const { changes, then = [] } = decision;
  if (changes.length + then.length === 0) return outcome;
  const revision = lock && revise(sql, pipeline, lock);
  write(sql, pipeline, decision, context, outcome);
  await follow(sql, pipeline, then, context, outcome);
  const state = decision.after && loaded.mayKeep && then.length === 0 && stateOf(decision.after, loaded.declaration);
  if (state && revision) context.kept?.keep(pipeline.id, revision, state);
  else context.kept?.forget(pipeline.id);
  return outcome;
}

/** Gives the pipeline's row a new revision, which nothing kept of it is valid under. */
function revise(sql: Statements, { id }: Pipeline, lock: PipelineLock): number {
  lock.revision = newRevision();
  sql.send('update pipelines set revision = ? where id = ?', lock.revision, id);
  return lock.revision;
}

function write(
  sql: Statements,
  pipeline: Pipeline,
  decision: Extract<Decision<unknown>, { changes: unknown }>,
  context: TransactionContext,
  { notifications, facts }: Written,
): void {
  const by = { at: context.moment.at, origin: context.origin };
  const offers = offersOf(pipeline, decision.changes, context);
  for (const change of lasting(decision.changes)) {
    writeChange(sql, pipeline.id, change, { ...by, offer: offers.get(change) });
  }
  for (const change of decision.changes) {
    facts.push({ pipeline, change });
    // Whether to notify of a job that was offered is known after the commit.
    if (change.kind === 'jobQueued' && !offers.has(change)) {
      notifications.add(keyName(change.job.queue, change.job.queryValue));
    }
    if (change.kind === 'jobEnded') notifications.add(logWake(change.jobId));
  }
}

/** Offers the jobs of a decision to held polls. */
function offersOf(pipeline: Pipeline, changes: Change[], { handOff }: TransactionContext): Map<Change, Offer> {
  const offers = new Map<Change, Offer>();
  const actions = actionsIn(changes);
  for (const change of changes) {
    if (change.kind !== 'jobQueued') continue;
    const { executionId, job } = change;
    const action = actions.get(job.actionExecutionId);
    const offer = action && handOff.offer(job, { action, executionId, pipeline });
    if (offer) offers.set(change, offer);
  }
  return offers;
}

/** An execution that can enter its stage waits only within its decision: it is never visible, so it isn't written. */
function lasting(changes: Change[]): Change[] {
  return changes.filter((change, index) => {
    if (change.kind !== 'executionWaiting') return true;
    const enters = (later: Change) => later.kind === 'stageEntered' && later.executionId === change.executionId;
    return !changes.slice(index + 1).some(enters);
  });
}

/** Processes what a decision leads to, such as an execution that can enter a freed stage, and what follows from that. */
async function follow(
  sql: Statements,
  pipeline: Pipeline,
  then: FollowUp[],
  context: TransactionContext,
  written: Written,
): Promise<void> {
  const next = [...then];
  for (let step = next.shift(); step; step = next.shift()) {
    const executionId =
      'executionId' in step
        ? step.executionId
        : await findLastSuccess(sql, pipeline.id, step.lastSucceededIn, pipeline.version);
    if (executionId === undefined) continue;
    // The target of an automatic rollback is loaded as a whole: all its past actions become part of the rollback.
    const target = { executionId, onlyContinues: 'executionId' in step };
    const { snapshot } = await readSnapshot(sql, pipeline, target, context);
    const decision = step.decide(snapshot, context.moment);
    if ('refuse' in decision) throw new Error(`a follow-up refused: ${decision.message}`);
    write(sql, pipeline, decision, context, written);
    next.push(...(decision.then ?? []));
  }
}
