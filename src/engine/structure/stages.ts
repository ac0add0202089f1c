import type { StoredAction } from '../../model/pipeline.ts';
import { firstRepeated, invalidStage, invalidStructure, type StructureRule } from './structure-rule.ts';

/** With fewer stages, nothing could be done with what the source produces. */
const minStages = 2;

const hasEnoughStages: StructureRule = ({ declaration: { stages } }) =>
  stages.length < minStages
    ? invalidStructure(
        `Pipeline has only ${stages.length} stage(s). There should be a minimum of ${minStages} stages in a pipeline`,
      )
    : undefined;

const keepsStageQuota: StructureRule = ({ declaration: { stages }, quotas }) =>
  stages.length > quotas.stages
    ? invalidStructure(`Pipeline has too many stages. There can only be up to ${quotas.stages} stages in a pipeline`)
    : undefined;

const namesStagesOnce: StructureRule = ({ declaration: { stages } }) => {
  const repeated = firstRepeated(stages.map(({ name }) => name));
  return repeated === undefined ? undefined : invalidStage(`Stage name '${repeated}' is used more than once`);
};

const hasActionsInStages: StructureRule = ({ declaration: { stages } }) => {
  const empty = stages.find(({ actions }) => actions.length === 0);
  return empty && invalidStage(`Stage '${empty.name}' has no actions`);
};

const startsWithSources: StructureRule = ({ declaration: { stages } }) =>
  stages[0]?.actions.every(isSource)
    ? undefined
    : invalidStructure('Pipeline should start with a stage that only contains source actions');

const hasMoreThanSources: StructureRule = ({ declaration: { stages } }) =>
  stages.every(({ actions }) => actions.every(isSource))
    ? invalidStructure('Pipeline should contain at least 1 action whose category is not Source')
    : undefined;

const hasNoLaterSources: StructureRule = ({ declaration: { stages } }) =>
  stages.slice(1).some(({ actions }) => actions.some(isSource))
    ? invalidStructure('Source actions can only be included in the first stage of the pipeline')
    : undefined;

function isSource({ actionTypeId }: StoredAction): boolean {
  return actionTypeId.category === 'Source';
}

/** Rules about stages and where sources belong (behaviour B.2). */
export const stageRules: StructureRule[] = [
  hasEnoughStages,
  keepsStageQuota,
  namesStagesOnce,
  hasActionsInStages,
  startsWithSources,
  hasMoreThanSources,
  hasNoLaterSources,
];
