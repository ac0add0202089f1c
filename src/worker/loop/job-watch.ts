import { type CodePipelineClient, paginateListActionExecutions } from '@aws-sdk/client-codepipeline';
import type { Job } from '../../contract/generated.ts';
import type { Log } from '../log.ts';

/** Errors that mean the job's result is no longer needed. */
const notFoundErrors = new Set(['PipelineNotFoundException', 'PipelineExecutionNotFoundException']);

/**
 * Checks with ListActionExecutions whether the action of a job still runs: the job-worker protocol itself never says
 * that an action was abandoned (behaviour A.6). Without the permission it logs that once and reports no job as over.
 */
export function createJobWatch(client: CodePipelineClient, log: Log): (job: Job) => Promise<boolean> {
  let isAllowed = true;
  return async ({ data }) => {
    const { action, pipelineExecutionId, pipelineName } = data?.pipelineContext ?? {};
    if (!isAllowed || !action?.actionExecutionId || !pipelineExecutionId || !pipelineName) return false;
    const filter = { pipelineExecutionId };
    try {
      for await (const page of paginateListActionExecutions({ client, pageSize: 100 }, { pipelineName, filter })) {
        const found = page.actionExecutionDetails?.find((one) => one.actionExecutionId === action.actionExecutionId);
        if (found) return found.status !== 'InProgress';
      }
      return false;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (notFoundErrors.has(name)) return true;
      if (name !== 'AccessDeniedException') throw error;
      isAllowed = false;
      log.warn({}, 'the key may not call ListActionExecutions: stopped jobs run until they are done');
      return false;
    }
  };
}
