import { setTimeout as pause } from 'node:timers/promises';
import type {
  ActionExecutionDetail,
  GetPipelineStateOutput,
  ListActionExecutionsOutput,
  ListPipelineExecutionsOutput,
  PipelineExecution,
} from '../../contract/generated.ts';
import { type ActionProgress, hasEnded, type RunProgress, readProgress } from '../../local-runs/execution-progress.ts';
import type { ThrowAwayServer } from './throw-away-server.ts';

/** How often the server is asked; it is in this process. */
const intervalMs = 100;

/** What is done with what is seen. */
export interface RunWatcher {
  show(progress: RunProgress): void;
  /** Adds what is shown beside the answers of the API. */
  complete?(progress: RunProgress, now: number): Promise<RunProgress>;
  /** Answers an approval. */
  answer(action: ActionProgress): Promise<'Approved' | 'Rejected'>;
}

/** Follows the execution that creating a pipeline has started; resolves when it has ended. Rejects when `signal` aborts. */
export async function watchRun(
  { callPipelines }: Pick<ThrowAwayServer, 'callPipelines'>,
  pipelineName: string,
  { show, complete, answer }: RunWatcher,
  signal: AbortSignal,
): Promise<RunProgress> {
  const listed = await callPipelines<ListPipelineExecutionsOutput>('ListPipelineExecutions', { pipelineName });
  const pipelineExecutionId = listed.pipelineExecutionSummaries?.at(-1)?.pipelineExecutionId;
  for (;;) {
    const { pipelineExecution = {} } = await callPipelines<{ pipelineExecution?: PipelineExecution }>(
      'GetPipelineExecution',
      { pipelineName, pipelineExecutionId },
    );
    const { stageStates = [] } = await callPipelines<GetPipelineStateOutput>('GetPipelineState', {
      name: pipelineName,
    });
    const actionExecutions = await listActions(callPipelines, { pipelineName, filter: { pipelineExecutionId } });
    const progress = readProgress({ execution: pipelineExecution, stageStates, actionExecutions });
    show(complete ? await complete(progress, Date.now()) : progress);
    if (hasEnded(progress)) return progress;
    const waiting = progress.actions.find(({ approval }) => approval);
    if (waiting?.approval) {
      const { approval, name: actionName, stage: stageName } = waiting;
      const status = await answer(waiting);
      const result = { status, summary: `${status} in millrace run` };
      await callPipelines('PutApprovalResult', { pipelineName, stageName, actionName, token: approval.token, result });
    } else {
      await pause(intervalMs, undefined, { signal });
    }
  }
}

async function listActions(call: ThrowAwayServer['callPipelines'], query: object): Promise<ActionExecutionDetail[]> {
  const found: ActionExecutionDetail[] = [];
  let nextToken: string | undefined;
  do {
    const page: ListActionExecutionsOutput = await call('ListActionExecutions', { ...query, nextToken });
    found.push(...(page.actionExecutionDetails ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}
