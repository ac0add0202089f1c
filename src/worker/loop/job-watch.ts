import { type CodePipelineClient, paginateListActionExecutions } from '@aws-sdk/client-codepipeline';
import type { Job } from '../../contract/generated.ts';
import type { Log } from '../log.ts';

/** Errors that mean there is nothing left to work for. */
const goneErrors = new Set(['PipelineNotFoundException', 'PipelineExecutionNotFoundException']);

/**
 * Asks ListActionExecutions whether the action of a job still runs: the job-worker protocol itself never says that an
 * action was abandoned (behaviour A.6). A key that may not ask is told so once, and then every job counts as wanted.
 */
export function createJobWatch(client: CodePipelineClient, log: Log): (job: Job) => Promise<boolean> {
  let mayAsk = true;
  return async ({ data }) => {
    const { action, pipelineExecutionId, pipelineName } = data?.pipelineContext ?? {};
    if (!mayAsk || !action?.actionExecutionId || !pipelineExecutionId || !pipelineName) return false;
    const filter = { pipelineExecutionId };
    try {
      for await (const page of paginateListActionExecutions({ client, pageSize: 100 }, { pipelineName, filter })) {
        const found = page.actionExecutionDetails?.find((one) => one.actionExecutionId === action.actionExecutionId);
        if (found) return found.status !== 'InProgress';
      }
      return false;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (goneErrors.has(name)) return true;
      if (name !== 'AccessDeniedException') throw error;
      mayAsk = false;
      log.warn({}, 'the key may not ListActionExecutions: jobs that are stopped run on until they are done');
      return false;
    }
  };
}
