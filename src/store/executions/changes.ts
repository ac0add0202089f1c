import type { Change } from '../../model/change.ts';
import type { Origin } from '../../model/job-event.ts';
import { sendApprovalEntry } from '../audit.ts';
import type { Statements } from '../database.ts';
import type { Offer } from '../jobs/hand-off.ts';
import { takePullRequest } from '../pipelines/pull-request-events.ts';
import { moveCursor } from '../pipelines/source-cursors.ts';
import { recordSeen } from '../pipelines/source-events.ts';
import { recordEvent } from '../pipelines/webhook-deliveries.ts';
import { insertCondition, updateCondition } from './conditions.ts';
import { insertAction, insertExecution, insertJob, insertOfferedJob, nextArrival } from './inserts.ts';
import { refusalOf } from './refusal.ts';
import { recordRevisions } from './source-revisions.ts';
import { putTransition } from './stage-occupancy.ts';
import { endJob, endWait, enterStage, resumeStage, retryStage, stopExecution, updateAction } from './updates.ts';

/** The moment of a decision, the caller that led to it, and the held polls for its jobs. */
interface Decided {
  at: number;
  origin?: Origin;
  offers: ReadonlyMap<Change, Offer>;
}

/** Sends the writes of a decision. */
export function writeChanges(sql: Statements, pipelineId: string, changes: Change[], by: Decided): void {
  const started = new Set(changes.flatMap((change) => (change.kind === 'executionStarted' ? change.execution.id : [])));
  for (const change of written(changes, started)) writeChange(sql, pipelineId, change, { ...by, started });
}

/**
 * Leaves out the waits that are never visible: of an execution that enters its stage in the same decision, and of one
 * that the decision starts, whose row is inserted as waiting.
 */
function written(changes: Change[], started: ReadonlySet<string>): Change[] {
  const waits = new Map<string, Extract<Change, { kind: 'executionWaiting' }>>();
  for (const change of changes) {
    if (change.kind === 'executionWaiting') waits.set(change.executionId, change);
    if (change.kind === 'stageEntered') waits.delete(change.executionId);
  }
  return changes.flatMap((change) => {
    if (change.kind === 'executionStarted') {
      const { execution } = change;
      return { ...change, execution: { ...execution, waitingStage: waits.get(execution.id)?.stageName } };
    }
    if (change.kind !== 'executionWaiting') return change;
    return waits.get(change.executionId) === change && !started.has(change.executionId) ? change : [];
  });
}

/** Sends the writes of one change; `started` are the executions that the same decision starts. */
function writeChange(
  sql: Statements,
  pipelineId: string,
  change: Change,
  { at, origin, offers, started }: Decided & { started: ReadonlySet<string> },
): void {
  const refused = refusalOf(change);
  switch (change.kind) {
    case 'transitionDisabled':
    case 'transitionEnabled':
      putTransition(sql, pipelineId, change.stageName, change.transition);
      break;
    case 'executionStarted':
      insertExecution(sql, pipelineId, change.execution, change.clientRequestToken);
      break;
    case 'executionWaiting':
      sql.sendOne(
        refused,
        `update executions set waiting_stage = ?, updated_at = ?, arrival = ${nextArrival} where id = ?`,
        change.stageName,
        at,
        pipelineId,
        change.executionId,
      );
      break;
    case 'executionExpired':
      sql.sendOne(
        refused,
        'update executions set has_lapsed = 1 where id = ? and waiting_stage is not null',
        change.executionId,
      );
      break;
    case 'executionSuperseded':
      sql.sendOne(
        refused,
        `update executions set status = 'Superseded', waiting_stage = null, updated_at = ? where id = ? and status = 'InProgress'`,
        at,
        change.executionId,
      );
      break;
    case 'webhookTriggered':
      recordEvent(sql, change, at);
      break;
    case 'sourceSeen':
      recordSeen(sql, pipelineId, change, refused);
      break;
    case 'refSeen':
      moveCursor(sql, pipelineId, change, at);
      break;
    case 'pullRequestTaken':
      takePullRequest(sql, pipelineId, change, refused);
      break;
    case 'executionEnded':
      sql.sendOne(
        refused,
        `update executions set status = ?, status_summary = ?, waiting_stage = null, updated_at = ?
           where id = ? and status in ('InProgress', 'Stopping')`,
        change.status,
        change.statusSummary ?? null,
        at,
        change.executionId,
      );
      break;
    case 'executionStopping':
      stopExecution(sql, change, at);
      break;
    case 'revisionsRecorded':
      recordRevisions(sql, pipelineId, change.revisions, at);
      sql.sendOne(
        refused,
        'update executions set revisions = ?, updated_at = ? where id = ?',
        JSON.stringify(change.revisions),
        at,
        change.executionId,
      );
      break;
    case 'stageEntered':
      if (!started.has(change.executionId)) endWait(sql, change.executionId, at);
      enterStage(sql, pipelineId, change, at);
      break;
    case 'stageRetried':
      retryStage(sql, change, at);
      break;
    case 'stageEnded':
      sql.sendOne(
        refused,
        `update stage_executions set status = ?, is_locking = 0, updated_at = ?
           where execution_id = ? and stage_name = ? and status in ('InProgress', 'Stopping')`,
        change.status,
        at,
        change.executionId,
        change.stageName,
      );
      break;
    case 'conditionStarted':
      insertCondition(sql, pipelineId, change);
      break;
    case 'conditionEnded':
      updateCondition(sql, change, { from: 'InProgress', to: change.status }, at);
      break;
    case 'conditionOverridden':
      updateCondition(sql, change, { from: 'Failed', to: 'Overridden' }, at);
      resumeStage(sql, change, at);
      break;
    case 'actionStarted':
      insertAction(sql, pipelineId, change.executionId, change.action);
      break;
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      updateAction(sql, change, change.action);
      // Only an answered approval has it.
      if (origin && change.action.updatedBy !== undefined) {
        sendApprovalEntry(sql, pipelineId, change.action, { at, origin });
      }
      break;
    case 'jobQueued': {
      const offer = offers.get(change);
      if (offer) insertOfferedJob(sql, pipelineId, change, offer);
      else insertJob(sql, pipelineId, change.executionId, change.job);
      break;
    }
    case 'jobEnded':
      endJob(sql, change, { at, origin });
      break;
    default:
      change satisfies never;
  }
}
