import type { StoredStage } from '../../model/pipeline.ts';
import { invalidStage, invalidStructure, type StructureRule } from './structure-rule.ts';

const modeNeedsV2: StructureRule = ({ declaration: { executionMode, pipelineType } }) =>
  executionMode !== 'SUPERSEDED' && pipelineType === 'V1'
    ? invalidStructure('QUEUED or PARALLEL mode can only be used with V2 pipelines')
    : undefined;

const triggersNeedV2: StructureRule = ({ declaration: { triggers, pipelineType } }) =>
  triggers?.length && pipelineType === 'V1'
    ? invalidStructure('Triggers on tag can only be used with V2 pipelines')
    : undefined;

const conditionsNeedV2: StructureRule = ({ declaration: { stages, pipelineType } }) =>
  stages.some(hasConditions) && pipelineType === 'V1'
    ? invalidStage('Stage level conditions can only be used with V2 pipelines.')
    : undefined;

function hasConditions({ beforeEntry, onSuccess, onFailure }: StoredStage): boolean {
  return (beforeEntry ?? onSuccess ?? onFailure) !== undefined;
}

/** What only V2 pipelines may have (behaviour B.4). */
export const typeRules: StructureRule[] = [modeNeedsV2, triggersNeedV2, conditionsNeedV2];

const hasNoBlockers: StructureRule = ({ declaration: { stages } }) => {
  const blocked = stages.find(({ blockers }) => blockers?.length);
  return (
    blocked && {
      refuse: 'InvalidBlockerDeclarationException',
      message: `Stage '${blocked.name}' has blockers, which are reserved for future use`,
    }
  );
};

/** Members that the API declares but neither AWS nor this version uses. */
export const supportRules: StructureRule[] = [hasNoBlockers];
