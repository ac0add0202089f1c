import type { StoredStage } from '../../model/pipeline.ts';
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

/** Parts of a declaration that the API has and neither the service nor this version uses. */
export const supportRules: StructureRule[] = [
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ blockers }) => blockers?.length);
    return (
      stage && {
        refuse: 'InvalidBlockerDeclarationException',
        message: `Stage '${stage.name}' has blockers, which are reserved for future use`,
      }
    );
  },
];
