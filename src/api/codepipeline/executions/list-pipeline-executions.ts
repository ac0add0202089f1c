import { ServiceError } from '../../../contract/errors.ts';
import type { PipelineExecutionFilter } from '../../../contract/generated.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { toSeconds } from '../../seconds.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { pipelineOf } from '../resources.ts';
import { executionType } from './show-execution.ts';

const defaultPageSize = 100;

/** Lists the executions of a pipeline, latest start first. */
export const listPipelineExecutions = operation('ListPipelineExecutions', {
  note: 'complete for supported declarations',
  resources: pipelineOf,
  async run(input, call, dependencies) {
    const { store, sealer } = dependencies;
    const pipeline = await findPipeline(input.pipelineName, call, dependencies);
    const succeededIn = readFilter(input.filter, pipeline);
    const limit = input.maxResults ?? defaultPageSize;
    const belongsTo = ['ListPipelineExecutions', pipeline.id, succeededIn?.stageName ?? ''];
    const before = readPageToken<number>(sealer, belongsTo, input.nextToken);
    const rows = await store.executions.list(pipeline.id, { before, limit: limit + 1, succeededIn });
    const { items, nextToken } = cutPage(rows, limit, ({ sequence }) => createPageToken(sealer, belongsTo, sequence));
    return {
      pipelineExecutionSummaries: items.map((execution) => ({
        pipelineExecutionId: execution.id,
        status: execution.status,
        statusSummary: execution.statusSummary,
        startTime: toSeconds(execution.startedAt),
        lastUpdateTime: toSeconds(execution.updatedAt),
        sourceRevisions: execution.revisions.map(({ actionName, revisionId, revisionSummary, revisionUrl }) => ({
          actionName,
          revisionId,
          revisionSummary,
          revisionUrl,
        })),
        trigger: execution.trigger,
        stopTrigger: execution.stopTrigger,
        executionMode: execution.executionMode,
        ...executionType(execution),
      })),
      nextToken,
    };
  },
});

/** Selects executions that succeeded in the stage under the current version: the ones a rollback may target. */
function readFilter(filter: PipelineExecutionFilter | undefined, { version }: Pipeline) {
  if (!filter?.succeededInStage) return undefined;
  const { stageName } = filter.succeededInStage;
  if (stageName !== undefined) return { stageName, version };
  throw new ServiceError('ValidationException', 'The filter succeededInStage must have a stageName.');
}
