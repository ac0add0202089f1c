import type { ListActionExecutionsInput, ListRuleExecutionsInput } from '../../../contract/generated.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import type { ListedActionExecution } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { findExecution } from './find-execution.ts';

const defaultPageSize = 100;

/** Reads one page of a pipeline's action or rule executions, latest start first. */
export async function readHistoryPage(
  operationName: 'ListActionExecutions' | 'ListRuleExecutions',
  { filter, maxResults, nextToken }: ListActionExecutionsInput | ListRuleExecutionsInput,
  pipeline: Pipeline,
  dependencies: Dependencies,
): Promise<{ items: ListedActionExecution[]; nextToken?: string }> {
  const { store, sealer } = dependencies;
  const { executionId, isLatest, isEmpty } = await readExecutionFilter(filter, pipeline, dependencies);
  const limit = maxResults ?? defaultPageSize;
  const belongsTo = [operationName, pipeline.id, JSON.stringify(filter ?? {})];
  const before = readPageToken<number>(sealer, belongsTo, nextToken);
  const page = { executionId, isLatest, before, limit: limit + 1 };
  const { listActions, listRules } = store.executions;
  const list = operationName === 'ListActionExecutions' ? listActions : listRules;
  const rows = isEmpty ? [] : await list(pipeline.id, page);
  return cutPage(rows, limit, ({ sequence }) => createPageToken(sealer, belongsTo, sequence));
}

/** The one execution that a filter selects, if any; `isEmpty` if its two members name different ones. */
interface SelectedExecution {
  executionId?: string;
  /** Only the latest attempt of each action. */
  isLatest: boolean;
  isEmpty: boolean;
}

/** Reads a filter. Throws PipelineExecutionNotFoundException if an execution it names does not exist. */
async function readExecutionFilter(
  filter: ListActionExecutionsInput['filter'],
  pipeline: Pipeline,
  dependencies: Dependencies,
): Promise<SelectedExecution> {
  const { pipelineExecutionId: outer, latestInPipelineExecution: latest } = filter ?? {};
  const inner = latest?.pipelineExecutionId;
  for (const id of [outer, inner]) if (id !== undefined) await findExecution(pipeline, id, dependencies);
  return {
    executionId: outer ?? inner,
    isLatest: latest?.startTimeRange === 'Latest',
    isEmpty: outer !== undefined && inner !== undefined && outer !== inner,
  };
}
