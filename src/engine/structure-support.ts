import { invalidStructure, type StructureRefusal, type StructureRule } from './structure-rule.ts';

const invalidStage = (message: string): StructureRefusal => ({ refuse: 'InvalidStageDeclarationException', message });

/**
 * What only V2 pipelines may have, and the parts of a declaration that the service knows and this version does not run
 * yet. The latter are refused when the pipeline is saved, so that nothing is accepted and then ignored;
 * `docs/compatibility.md` lists them.
 */
export const supportRules: StructureRule[] = [
  ({ declaration: { executionMode, pipelineType } }) =>
    executionMode !== 'SUPERSEDED' && pipelineType === 'V1'
      ? invalidStructure('QUEUED or PARALLEL mode can only be used with V2 pipelines')
      : undefined,
  ({ declaration: { executionMode } }) =>
    executionMode === 'SUPERSEDED'
      ? undefined
      : invalidStructure(`Execution mode ${executionMode} is not supported by this version of Millrace`),
  ({ declaration: { triggers, pipelineType } }) => {
    if (!triggers?.length) return undefined;
    return invalidStructure(
      pipelineType === 'V1'
        ? 'Triggers on tag can only be used with V2 pipelines'
        : 'Triggers are not supported by this version of Millrace',
    );
  },
  ({ declaration: { stages, pipelineType } }) => {
    const stage = stages.find(({ beforeEntry, onSuccess, onFailure }) => beforeEntry ?? onSuccess ?? onFailure);
    if (!stage) return undefined;
    return invalidStage(
      pipelineType === 'V1'
        ? 'Stage level conditions can only be used with V2 pipelines.'
        : `Stage '${stage.name}' has conditions, which are not supported by this version of Millrace`,
    );
  },
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ blockers }) => blockers?.length);
    return (
      stage && {
        refuse: 'InvalidBlockerDeclarationException',
        message: `Stage '${stage.name}' has blockers, which are reserved for future use`,
      }
    );
  },
  ({ declaration: { stages, artifactStore }, region }) => {
    const isElsewhere = stages.some(({ actions }) =>
      actions.some((action) => action.region !== undefined && action.region !== region),
    );
    return isElsewhere && artifactStore
      ? {
          refuse: 'ValidationException',
          message:
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.",
        }
      : undefined;
  },
];
