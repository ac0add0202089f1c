import type { ActionType } from '../contract/generated.ts';
import { actionTypeKey, queryableProperty } from '../model/action-type.ts';
import type { StoredAction, StoredStage } from '../model/pipeline.ts';
import {
  firstRepeated,
  invalidAction,
  invalidStructure,
  type StructureInput,
  type StructureRefusal,
  type StructureRule,
} from './structure-rule.ts';

/** A queryable property's value in a pipeline (behaviour A.2.4). */
const queryableValue = /^[A-Za-z0-9_-]{1,20}$/;

const maxActionsPerStage = 50;
const maxActionsPerPipeline = 1000;

type ActionRule = (
  action: StoredAction,
  type: ActionType,
  stage: StoredStage,
  region: string,
) => StructureRefusal | undefined;

/** Rules about each action and its type, in the order in which they are reported. */
export const actionRules: StructureRule[] = [
  ({ declaration: { stages } }) =>
    stages.reduce((sum, { actions }) => sum + actions.length, 0) > maxActionsPerPipeline
      ? invalidStructure(`Pipeline has more than ${maxActionsPerPipeline} actions`)
      : undefined,
  ({ declaration: { stages } }) => {
    const crowded = stages.find(({ actions }) => actions.length > maxActionsPerStage);
    return (
      crowded && {
        refuse: 'InvalidStageDeclarationException',
        message: `Stage '${crowded.name}' has more than ${maxActionsPerStage} actions`,
      }
    );
  },
  ({ declaration: { stages } }) => {
    for (const { name, actions } of stages) {
      const twice = firstRepeated(actions.map((action) => action.name));
      if (twice !== undefined) return invalidAction(`Action name '${twice}' is used more than once in stage '${name}'`);
    }
    return undefined;
  },
  checkEachAction,
];

function checkEachAction({ declaration, actionTypes, region }: StructureInput): StructureRefusal | undefined {
  const types = new Map(actionTypes.map(({ definition }) => [actionTypeKey(definition.id), definition]));
  for (const stage of declaration.stages) {
    for (const action of stage.actions) {
      const type = types.get(actionTypeKey(action.actionTypeId));
      if (!type) return unknownType(action, region);
      for (const rule of rulesOfOneAction) {
        const refusal = rule(action, type, stage, region);
        if (refusal) return refusal;
      }
    }
  }
  return undefined;
}

function unknownType({ name, actionTypeId: id }: StoredAction, region: string): StructureRefusal {
  return invalidAction(
    `ActionType (Category: '${id.category}', Provider: '${id.provider}', Owner: '${id.owner}', Version: '${id.version}') in action '${name}' is not available in region '${region.toUpperCase().replaceAll('-', '_')}'`,
  );
}

const rulesOfOneAction: ActionRule[] = [
  (action, type) => checkCount(action, 'input', action.inputArtifacts.length, type.inputArtifactDetails),
  (action, type) => checkCount(action, 'output', action.outputArtifacts.length, type.outputArtifactDetails),
  (action, type) => {
    const missing = type.actionConfigurationProperties?.find(
      ({ name, required }) => required && !Object.hasOwn(action.configuration, name),
    );
    return (
      missing &&
      invalidAction(
        `Action configuration for action '${action.name}' is missing required configuration '${missing.name}'`,
      )
    );
  },
  (action, type) => {
    const known = new Set(type.actionConfigurationProperties?.map(({ name }) => name));
    const unknown = Object.keys(action.configuration).find((key) => !known.has(key));
    return unknown === undefined
      ? undefined
      : invalidAction(`Action configuration for action '${action.name}' contains unknown configuration '${unknown}'`);
  },
  (action, type) => {
    const property = queryableProperty(type);
    const value = property === undefined ? undefined : action.configuration[property];
    // A value with a variable in it can only be judged when the action starts.
    if (typeof value !== 'string' || value.includes('#{') || queryableValue.test(value)) return undefined;
    return invalidAction(
      `The value of the queryable configuration property '${property}' of action '${action.name}' must have 1 to 20 characters of [A-Za-z0-9_-].`,
    );
  },
  (action) =>
    action.timeoutInMinutes === undefined
      ? undefined
      : invalidAction(
          `Action '${action.name}' cannot have timeoutInMinutes: only manual approval actions may carry it.`,
        ),
  (action) =>
    (action.commands ?? action.outputVariables ?? action.environmentVariables)
      ? invalidAction(
          `Action '${action.name}' cannot have commands, outputVariables or environmentVariables: its action type does not use them.`,
        )
      : undefined,
  (action) =>
    action.outputArtifacts.some(({ files }) => files !== undefined)
      ? invalidAction(
          `Action '${action.name}' cannot choose files of its output artifacts: its action type does not use them.`,
        )
      : undefined,
  (action, _type, _stage, region) =>
    action.region === undefined || action.region === region
      ? undefined
      : invalidAction(
          `Action '${action.name}' is in region ${action.region}: cross-Region actions are not supported by this version of Millrace.`,
        ),
  (action) =>
    action.roleArn !== undefined && action.actionTypeId.owner !== 'AWS'
      ? invalidAction(`Action '${action.name}' cannot have a roleArn: only actions with owner AWS may carry one.`)
      : undefined,
];

function checkCount(
  action: StoredAction,
  side: 'input' | 'output',
  count: number,
  { minimumCount, maximumCount }: { minimumCount: number; maximumCount: number },
): StructureRefusal | undefined {
  if (count < minimumCount) {
    return invalidAction(
      `Action ${action.name} declares ${count} ${side} artifacts which is less than the minimum count (${minimumCount})`,
    );
  }
  if (count > maximumCount) {
    return invalidAction(
      `Action ${action.name} declares ${count} ${side} artifacts which is more than the maximum count (${maximumCount})`,
    );
  }
  return undefined;
}
