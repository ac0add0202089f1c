import { actionRules } from './actions.ts';
import { artifactRules, regionRules } from './artifacts.ts';
import { conditionRules } from './conditions.ts';
import {
  firstRepeated,
  invalidStructure,
  type StructureInput,
  type StructureRefusal,
  type StructureRule,
} from './structure-rule.ts';
import { supportRules, typeRules } from './supported.ts';
import { triggerRules } from './triggers.ts';
import { variableRules } from './variables.ts';

/** A pipeline with fewer stages could do nothing with what its source brings. */
const fewestStages = 2;

/** The first broken rule of a declaration (behaviour B.2) in the texts known (operations 4); undefined when it can be saved. */
export function checkStructure(input: StructureInput): StructureRefusal | undefined {
  for (const rule of rules) {
    const refusal = rule(input);
    if (refusal) return refusal;
  }
  return undefined;
}

const stageRules: StructureRule[] = [
  ({ declaration: { stages } }) =>
    stages.length < fewestStages
      ? invalidStructure(
          `Pipeline has only ${stages.length} stage(s). There should be a minimum of ${fewestStages} stages in a pipeline`,
        )
      : undefined,
  ({ declaration: { stages }, quotas }) =>
    stages.length > quotas.stages
      ? invalidStructure(`Pipeline has too many stages. There can only be up to ${quotas.stages} stages in a pipeline`)
      : undefined,
  ({ declaration: { stages } }) => {
    const twice = firstRepeated(stages.map(({ name }) => name));
    return twice === undefined
      ? undefined
      : { refuse: 'InvalidStageDeclarationException', message: `Stage name '${twice}' is used more than once` };
  },
  ({ declaration: { stages } }) => {
    const empty = stages.find(({ actions }) => actions.length === 0);
    return empty && { refuse: 'InvalidStageDeclarationException', message: `Stage '${empty.name}' has no actions` };
  },
  ({ declaration: { stages } }) =>
    stages[0]?.actions.every(({ actionTypeId }) => actionTypeId.category === 'Source')
      ? undefined
      : invalidStructure('Pipeline should start with a stage that only contains source actions'),
  ({ declaration: { stages } }) =>
    stages.every(({ actions }) => actions.every(({ actionTypeId }) => actionTypeId.category === 'Source'))
      ? invalidStructure('Pipeline should contain at least 1 action whose category is not Source')
      : undefined,
  ({ declaration: { stages } }) =>
    stages.slice(1).some(({ actions }) => actions.some(({ actionTypeId }) => actionTypeId.category === 'Source'))
      ? invalidStructure('Source actions can only be included in the first stage of the pipeline')
      : undefined,
];

const rules: StructureRule[] = [
  ...stageRules,
  ...typeRules,
  ...triggerRules,
  ...regionRules,
  ...conditionRules,
  ...supportRules,
  ...actionRules,
  ...artifactRules,
  ...variableRules,
];
