import {
  type ActionExecutionDetail,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import type { Target } from './target.ts';

/** Returns all executions of a pipeline, newest first; undefined if the run is over before. */
export async function readExecutions(
  { persist }: Target,
  pipelineName: string,
): Promise<PipelineExecutionSummary[] | undefined> {
  const found: PipelineExecutionSummary[] = [];
  let nextToken: string | undefined;
  do {
    const command = new ListPipelineExecutionsCommand({ pipelineName, nextToken });
    const answer = await persist(({ codePipeline }, options) => codePipeline.send(command, options));
    if (answer.kind !== 'ok') return undefined;
    found.push(...(answer.output.pipelineExecutionSummaries ?? []));
    ({ nextToken } = answer.output);
  } while (nextToken !== undefined);
  return found;
}

/** Returns the action executions of a pipeline or of one execution, newest first. */
export async function readActions(
  { persist }: Target,
  pipelineName: string,
  pipelineExecutionId?: string,
): Promise<ActionExecutionDetail[] | undefined> {
  const found: ActionExecutionDetail[] = [];
  const filter = pipelineExecutionId === undefined ? undefined : { pipelineExecutionId };
  let nextToken: string | undefined;
  do {
    const command = new ListActionExecutionsCommand({ pipelineName, filter, nextToken });
    const answer = await persist(({ codePipeline }, options) => codePipeline.send(command, options));
    if (answer.kind !== 'ok') return undefined;
    found.push(...(answer.output.actionExecutionDetails ?? []));
    ({ nextToken } = answer.output);
  } while (nextToken !== undefined);
  return found;
}
