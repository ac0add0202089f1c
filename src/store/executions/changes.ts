import type { Change } from '../../model/change.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Statements } from '../database.ts';
import { recordSeen } from '../pipelines/source-watches.ts';
import { recordEvent } from '../pipelines/webhook-deliveries.ts';
import { insertCondition, updateCondition } from './conditions.ts';
import { insertAction, insertExecution, insertJob } from './inserts.ts';
import { recordRevisions } from './source-revisions.ts';
import { putTransition } from './stage-occupancy.ts';
import { all, endJob, enterStage, expectOne, resumeStage, retryStage, stopExecution, updateAction } from './updates.ts';

/**
 * Writes one change of a decision. Sends all its statements before it waits for a response, so that those of the next
 * change come after them. `at` is the decision's moment, `origin` the caller that led to it.
 */
export async function writeChange(
  sql: Statements,
  pipelineId: string,
  change: Change,
  { at, origin }: { at: number; origin?: Origin },
): Promise<void> {
  switch (change.kind) {
    case 'transitionDisabled':
    case 'transitionEnabled':
      return putTransition(sql, pipelineId, change.stageName, change.transition);
    case 'executionStarted':
      return insertExecution(sql, pipelineId, change.execution, change.clientRequestToken);
    case 'executionWaiting':
      return expectOne(
        sql.run(
          `update executions set waiting_stage = ?, updated_at = ?, arrival = (select coalesce(max(arrival), 0) + 1
             from executions where pipeline_id = ? and waiting_stage is not null) where id = ?`,
          change.stageName,
          at,
          pipelineId,
          change.executionId,
        ),
        change,
      );
    case 'executionExpired':
      return expectOne(
        sql.run('update executions set has_lapsed = 1 where id = ? and waiting_stage is not null', change.executionId),
        change,
      );
    case 'executionSuperseded':
      return expectOne(
        sql.run(
          `update executions set status = 'Superseded', waiting_stage = null, updated_at = ? where id = ? and status = 'InProgress'`,
          at,
          change.executionId,
        ),
        change,
      );
    case 'webhookTriggered':
      return recordEvent(sql, change, at);
    case 'sourceSeen':
      return expectOne(recordSeen(sql, pipelineId, change), change);
    case 'executionEnded':
      return expectOne(
        sql.run(
          `update executions set status = ?, status_summary = ?, waiting_stage = null, updated_at = ?
           where id = ? and status in ('InProgress', 'Stopping')`,
          change.status,
          change.statusSummary ?? null,
          at,
          change.executionId,
        ),
        change,
      );
    case 'executionStopping':
      return stopExecution(sql, change, at);
    case 'revisionsRecorded':
      return all([
        recordRevisions(sql, pipelineId, change.revisions),
        expectOne(
          sql.run(
            'update executions set revisions = ?, updated_at = ? where id = ?',
            JSON.stringify(change.revisions),
            at,
            change.executionId,
          ),
          change,
        ),
      ]);
    case 'stageEntered':
      return enterStage(sql, pipelineId, change, at);
    case 'stageRetried':
      return retryStage(sql, change, at);
    case 'stageEnded':
      return expectOne(
        sql.run(
          `update stage_executions set status = ?, is_locking = 0, updated_at = ?
           where execution_id = ? and stage_name = ? and status in ('InProgress', 'Stopping')`,
          change.status,
          at,
          change.executionId,
          change.stageName,
        ),
        change,
      );
    case 'conditionStarted':
      return insertCondition(sql, pipelineId, change);
    case 'conditionEnded':
      return expectOne(
        updateCondition(
          sql,
          change.conditionId,
          { from: 'InProgress', to: change.status, summary: change.summary },
          at,
        ),
        change,
      );
    case 'conditionOverridden':
      return all([
        expectOne(
          updateCondition(sql, change.conditionId, { from: 'Failed', to: 'Overridden', summary: change.summary }, at),
          change,
        ),
        resumeStage(sql, change, at),
      ]);
    case 'actionStarted':
      return insertAction(sql, pipelineId, change.executionId, change.action);
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      return updateAction(sql, change, change.action);
    case 'jobQueued':
      return insertJob(sql, pipelineId, change.executionId, change.job);
    case 'jobEnded':
      return endJob(sql, change, { at, origin });
    default:
      return change satisfies never;
  }
}
