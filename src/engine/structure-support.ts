import type { StoredStage } from '../model/pipeline.ts';
import { invalidStage, invalidStructure, type StructureRule } from './structure-rule.ts';

function hasConditions({ beforeEntry, onSuccess, onFailure }: StoredStage): boolean {
  return (beforeEntry ?? onSuccess ?? onFailure) !== undefined;
}

/** What only V2 pipelines may have (behaviour B.4). */
export const typeRules: StructureRule[] = [
  ({ declaration: { executionMode, pipelineType } }) =>
    executionMode !== 'SUPERSEDED' && pipelineType === 'V1'
      ? invalidStructure('QUEUED or PARALLEL mode can only be used with V2 pipelines')
      : undefined,
  ({ declaration: { triggers, pipelineType } }) =>
    triggers?.length && pipelineType === 'V1'
      ? invalidStructure('Triggers on tag can only be used with V2 pipelines')
      : undefined,
  ({ declaration: { stages, pipelineType } }) =>
    stages.some(hasConditions) && pipelineType === 'V1'
      ? invalidStage('Stage level conditions can only be used with V2 pipelines.')
      : undefined,
];

/**
 * Parts of a declaration that the service knows and this version does not run yet. They are refused when the pipeline
 * is saved, so that nothing is accepted and then ignored; `docs/compatibility.md` lists them.
 */
export const supportRules: StructureRule[] = [
  ({ declaration: { triggers } }) =>
    triggers?.length ? invalidStructure('Triggers are not supported by this version of Millrace') : undefined,
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
