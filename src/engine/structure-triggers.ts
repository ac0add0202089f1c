import { modes } from './modes/index.ts';
import { invalidStructure, type StructureRefusal, type StructureRule } from './structure-rule.ts';

const invalidStage = (message: string): StructureRefusal => ({ refuse: 'InvalidStageDeclarationException', message });

/** Rules about triggers and stage conditions whose texts are known (operations §4), before either is refused as such. */
export const triggerRules: StructureRule[] = [
  ({ declaration: { triggers, stages } }) => {
    const connections = new Set(
      stages.flatMap(({ actions }) =>
        actions.flatMap(({ name, actionTypeId }) => (actionTypeId.provider === 'CodeStarSourceConnection' ? name : [])),
      ),
    );
    const named = (triggers ?? []).map(({ gitConfiguration }) => gitConfiguration.sourceActionName);
    return named.some((name, index) => !connections.has(name) || named.indexOf(name) !== index)
      ? invalidStructure(
          "Triggers for connections must reference a CodeStarSourceConnection action. Note that when you specify a trigger, you can't specify more than one trigger per source action.",
        )
      : undefined;
  },
  ({ declaration: { stages, executionMode } }) =>
    !modes[executionMode].rollsBackByItself && stages.some(({ onFailure }) => onFailure?.result === 'ROLLBACK')
      ? invalidStage('Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.')
      : undefined,
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ onFailure }) => onFailure?.result !== undefined && onFailure.conditions?.length);
    return stage
      ? invalidStage(
          `The following stage cannot have a failure exit gate configured with both top level result and conditions: '${stage.name}'`,
        )
      : undefined;
  },
];
