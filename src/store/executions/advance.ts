import { ServiceError } from '../../contract/errors.ts';
import type { Change } from '../../model/change.ts';
import type { Decide, Decision, Moment } from '../../model/decision.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { keyName } from '../../model/queue-key.ts';
import type { Statements } from '../database.ts';
import { insertEvents } from '../events/insert-events.ts';
import { type EventRecord, eventsOf } from '../events/recorded-events.ts';
import type { HandOff, Offer } from '../jobs/hand-off.ts';
import { actionsIn } from '../jobs/job-record.ts';
import { logWake } from '../logs/logs.ts';
import { writeChanges } from './changes.ts';
import { type KeptState, keepState, knownState, stateAfter } from './kept-states.ts';
import { findLastSuccess } from './latest-executions.ts';
import { type AdvanceKey, type Locked, type LockedTarget, lockTarget, targetOf } from './lock-target.ts';
import { type LoadedSnapshot, loadSnapshot, type SnapshotSources } from './snapshot.ts';

/** A committed change, and the pipeline it is about. */
export interface Fact {
  pipeline: Pipeline;
  change: Change;
}

/** The result of a transaction that decides: what to return, and what to announce after the commit. */
export interface Outcome<Answer> extends Written {
  answer: Answer;
}

type Decided = Extract<Decision<unknown>, { changes: unknown }>;

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

/** Locks what `key` names, decides and writes the changes. `locked` is set if its pipeline is locked already. */
export async function advance<Answer>(
  sql: Statements,
  key: AdvanceKey,
  decide: Decide<Answer>,
  context: TransactionContext,
  locked?: Locked,
): Promise<Outcome<Answer>> {
  const target = locked ? targetOf(key, locked) : await lockTarget(sql, key);
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
  const loaded = await loadSnapshot(sql, target, context, lock && knownState(pipeline, lock, context.kept));
  const decision = decide(loaded.snapshot, context.moment);
  if ('refuse' in decision) {
    if (lock) keepState(pipeline, lock, loaded.state, context.kept);
    throw new ServiceError(decision.refuse, decision.message);
  }
  const outcome = unchanged(decision.answer);
  const events: EventRecord[] = [];
  const state = await carryOut(sql, target, { loaded, decision, context, written: { ...outcome, events } });
  insertEvents(sql, events, context.moment.at);
  if (lock) keepState(pipeline, lock, state, context.kept);
  return outcome;
}

/** A decision, what it was made of, and where to note what it writes. */
interface Step {
  loaded: LoadedSnapshot;
  decision: Decided;
  context: TransactionContext;
  written: Written & { events: EventRecord[] };
}

/**
 * Sends a decision, and what it leads to, such as an execution that can enter a freed stage, and what follows from that.
 * Returns the state that is left.
 */
async function carryOut(sql: Statements, target: LockedTarget, step: Step): Promise<KeptState | undefined> {
  const { pipeline, catalogueVersion } = target;
  const { context, written } = step;
  let state = write(sql, target, step);
  const next = [...(step.decision.then ?? [])];
  for (let followUp = next.shift(); followUp; followUp = next.shift()) {
    const executionId =
      'executionId' in followUp
        ? followUp.executionId
        : await findLastSuccess(sql, pipeline.id, followUp.lastSucceededIn, pipeline.version);
    if (executionId === undefined) continue;
    // The target of an automatic rollback is loaded as a whole: all its past actions become part of the rollback.
    const subject = { pipeline, catalogueVersion, executionId, onlyContinues: 'executionId' in followUp };
    const loaded = await loadSnapshot(sql, subject, context, state);
    if (!loaded.snapshot.execution) throw new Error(`execution ${executionId} has been lost`);
    const decision = followUp.decide(loaded.snapshot, context.moment);
    if ('refuse' in decision) throw new Error(`a follow-up refused: ${decision.message}`);
    state = write(sql, target, { loaded, decision, context, written });
    next.push(...(decision.then ?? []));
  }
  return state;
}

/** Sends the changes of a decision. Returns the state they leave. */
function write(
  sql: Statements,
  { pipeline, lock }: LockedTarget,
  { loaded, decision, context, written }: Step,
): KeptState | undefined {
  const { changes, after } = decision;
  if (changes.length === 0) return loaded.state;
  if (lock) lock.hasChanged = true;
  const offers = offersOf(pipeline, changes, context);
  const { at } = context.moment;
  writeChanges(sql, pipeline.id, changes, { at, origin: context.origin, offers });
  written.events.push(...eventsOf(loaded.snapshot.execution, changes, at));
  for (const change of changes) {
    written.facts.push({ pipeline, change });
    // Whether to notify of a job that was offered is known after the commit.
    if (change.kind === 'jobQueued' && !offers.has(change)) {
      written.notifications.add(keyName(change.job.queue, change.job.queryValue));
    }
    if (change.kind === 'jobEnded') written.notifications.add(logWake(change.jobId));
  }
  const { state, snapshot: before, declaration } = loaded;
  return state && stateAfter(state, { before, changes, after, declaration });
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
