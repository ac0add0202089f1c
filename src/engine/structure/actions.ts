import { actionTypeKey, type CataloguedActionType, queryableProperty } from '../../model/action-type.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import { checkCommands, checkNotificationArn, checkTimeout } from './action-members.ts';
import { configurationMistake, countMistake } from './configuration.ts';
import {
  type ActionRule,
  firstRepeated,
  invalidAction,
  invalidStructure,
  notAvailable,
  type StructureInput,
  type StructureRefusal,
  type StructureRule,
  typePhrase,
} from './structure-rule.ts';

/** A queryable property's value in a pipeline (behaviour A.2.4). */
const queryableValue = /^[A-Za-z0-9_-]{1,20}$/;

/** Rules about each action and its type, in the order in which they are reported. */
export const actionRules: StructureRule[] = [
  ({ declaration: { stages }, quotas }) =>
    stages.reduce((sum, { actions }) => sum + actions.length, 0) > quotas.actionsPerPipeline
      ? invalidStructure(`Pipeline has more than ${quotas.actionsPerPipeline} actions`)
      : undefined,
  ({ declaration: { stages }, quotas }) => {
    const crowded = stages.find(({ actions }) => actions.length > quotas.actionsPerStage);
    return (
      crowded && {
        refuse: 'InvalidStageDeclarationException',
        message: `Stage '${crowded.name}' has more than ${quotas.actionsPerStage} actions`,
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

function checkEachAction(input: StructureInput): StructureRefusal | undefined {
  const { declaration, actionTypes, region } = input;
  const types = new Map(actionTypes.map((type) => [actionTypeKey(type.definition.id), type]));
  for (const stage of declaration.stages) {
    for (const action of stage.actions) {
      const type = types.get(actionTypeKey(action.actionTypeId));
      if (!type) return unknownType(action, region);
      const v1Refusal = refuseInV1(action, type, declaration);
      if (v1Refusal) return v1Refusal;
      for (const rule of rulesOfOneAction) {
        const refusal = rule(action, type, region);
        if (refusal) return refusal;
      }
    }
  }
  return undefined;
}

function unknownType({ name, actionTypeId }: StoredAction, region: string): StructureRefusal {
  return invalidAction(`ActionType ${typePhrase(actionTypeId)} in action '${name}' ${notAvailable(region)}`);
}

/** The text says `Commands Action` where it means an action of that provider (operations 4). */
function refuseInV1(
  { actionTypeId }: StoredAction,
  { attributes }: CataloguedActionType,
  { pipelineType }: StoredDeclaration,
): StructureRefusal | undefined {
  if (pipelineType !== 'V1' || !attributes?.needsV2) return undefined;
  return invalidAction(`${actionTypeId.provider} Action can only be used with V2 pipelines.`);
}

const rulesOfOneAction: ActionRule[] = [
  (action, { definition }) =>
    checkCount(action, 'input', action.inputArtifacts.length, definition.inputArtifactDetails),
  (action, { definition }) =>
    checkCount(action, 'output', action.outputArtifacts.length, definition.outputArtifactDetails),
  (action, { definition }) => {
    const mistake = configurationMistake(action.configuration, definition.actionConfigurationProperties);
    return mistake === undefined
      ? undefined
      : invalidAction(`Action configuration for action '${action.name}' ${mistake}`);
  },
  (action, { definition }) => {
    const property = queryableProperty(definition);
    const value = property === undefined ? undefined : action.configuration[property];
    // A value with a variable in it can only be judged when the action starts.
    if (typeof value !== 'string' || value.includes('#{') || queryableValue.test(value)) return undefined;
    return invalidAction(
      `The value of the queryable configuration property '${property}' of action '${action.name}' must have 1 to 20 characters of [A-Za-z0-9_-].`,
    );
  },
  checkTimeout,
  checkCommands,
  checkNotificationArn,
  ({ name, actionTypeId: { category, owner }, region: declared = '' }, _type, region) =>
    (category === 'Source' || owner !== 'AWS') && declared !== '' && declared !== region
      ? invalidAction(
          `Action '${name}' cannot be in region ${declared}: source actions, and actions with owner ThirdParty or Custom, have to be in the region of the pipeline, ${region}.`,
        )
      : undefined,
  (action) =>
    action.roleArn !== undefined && action.actionTypeId.owner !== 'AWS'
      ? invalidAction(`Action '${action.name}' cannot have a roleArn: only actions with owner AWS may carry one.`)
      : undefined,
];

function checkCount(
  { name }: StoredAction,
  ...[side, count, bounds]: Parameters<typeof countMistake>
): StructureRefusal | undefined {
  const mistake = countMistake(side, count, bounds);
  return mistake === undefined ? undefined : invalidAction(`Action ${name} ${mistake}`);
}
