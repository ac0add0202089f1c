import { typeKeysWith } from '../../../catalogue/action-types.ts';
import type { ArtifactRevision } from '../../../contract/generated.ts';
import { actionTypeKey } from '../../../model/action-type.ts';
import type { Execution } from '../../../model/execution.ts';
import type { Dependencies } from '../../dependencies.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { pipelineOf } from '../resources.ts';
import { findExecution } from './find-execution.ts';
import { executionType } from './show-execution.ts';

/** Returns an execution with its source revisions and variables. */
export const getPipelineExecution = operation('GetPipelineExecution', {
  note: 'complete for supported declarations',
  resources: pipelineOf,
  async run(input, call, dependencies) {
    const pipeline = await findPipeline(input.pipelineName, call, dependencies);
    const execution = await findExecution(pipeline, input.pipelineExecutionId, dependencies);
    return {
      pipelineExecution: {
        pipelineName: pipeline.name,
        pipelineVersion: execution.pipelineVersion,
        pipelineExecutionId: execution.id,
        status: execution.status,
        statusSummary: execution.statusSummary,
        artifactRevisions: await artifactRevisions(pipeline.id, execution, dependencies),
        variables: execution.variables.length > 0 ? execution.variables : undefined,
        trigger: execution.trigger,
        executionMode: execution.executionMode,
        ...executionType(execution),
      },
    };
  },
});

/** The revisions of all sources, without their creation times where only GetPipelineState shows these. */
async function artifactRevisions(
  pipelineId: string,
  { revisions, pipelineVersion }: Execution,
  { store }: Dependencies,
): Promise<ArtifactRevision[]> {
  if (revisions.length === 0) return [];
  const declaration = await store.pipelines.declaration(pipelineId, pipelineVersion);
  const actions = declaration?.stages.flatMap((stage) => stage.actions) ?? [];
  const undated = new Set(
    actions.filter(({ actionTypeId }) => undatedTypeKeys.has(actionTypeKey(actionTypeId))).map(({ name }) => name),
  );
  return revisions.map(({ actionName, created, ...revision }) =>
    created === undefined || undated.has(actionName) ? revision : { ...revision, created },
  );
}

const undatedTypeKeys = typeKeysWith('hidesRevisionTime');
