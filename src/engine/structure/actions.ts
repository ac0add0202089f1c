import { actionTypeKey, type CataloguedActionType, queryableProperty } from '../../model/action-type.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import { checkCommands, checkNotificationArn, checkTimeout } from './action-members.ts';
import { configurationMistake, countMistake } from './configuration.ts';
import {
  type ActionRule,
  firstRefusal,
  firstRepeated,
  invalidAction,
  invalidStage,
  invalidStructure,
  notAvailable,
  type StructureRefusal,
  type StructureRule,
  typePhrase,
} from './structure-rule.ts';

const keepsActionQuota: StructureRule = ({ declaration: { stages }, quotas }) =>
  stages.reduce((sum, { actions }) => sum + actions.length, 0) > quotas.actionsPerPipeline
    ? invalidStructure(`Pipeline has more than ${quotas.actionsPerPipeline} actions`)
    : undefined;

const keepsStageActionQuota: StructureRule = ({ declaration: { stages }, quotas }) => {
  const crowded = stages.find(({ actions }) => actions.length > quotas.actionsPerStage);
  return crowded && invalidStage(`Stage '${crowded.name}' has more than ${quotas.actionsPerStage} actions`);
};

const namesActionsOnce: StructureRule = ({ declaration: { stages } }) =>
  firstRefusal(stages, ({ name, actions }) => {
    const repeated = firstRepeated(actions.map((action) => action.name));
    if (repeated === undefined) return undefined;
    return invalidAction(`Action name '${repeated}' is used more than once in stage '${name}'`);
  });

const checkEachAction: StructureRule = ({ declaration, actionTypes, region }) => {
  const types = new Map(actionTypes.map((type) => [actionTypeKey(type.definition.id), type]));
  const actions = declaration.stages.flatMap((stage) => stage.actions);
  return firstRefusal(actions, (action) => {
    const type = types.get(actionTypeKey(action.actionTypeId));
    if (!type) return unknownType(action, region);
    return (
      refuseInV1(action, type, declaration) ?? firstRefusal(rulesOfOneAction, (rule) => rule(action, type, region))
    );
  });
};

/** Rules about each action and its type, in the order in which they are reported. */
export const actionRules: StructureRule[] = [
  keepsActionQuota,
  keepsStageActionQuota,
  namesActionsOnce,
  checkEachAction,
];

function unknownType({ name, actionTypeId }: StoredAction, region: string): StructureRefusal {
  return invalidAction(`ActionType ${typePhrase(actionTypeId)} in action '${name}' ${notAvailable(region)}`);
}

/** The text says `Commands Action` for an action of that provider (operations 4). */
function refuseInV1(
  { actionTypeId }: StoredAction,
  { attributes }: CataloguedActionType,
  { pipelineType }: StoredDeclaration,
): StructureRefusal | undefined {
  if (pipelineType !== 'V1' || !attributes?.needsV2) return undefined;
  return invalidAction(`${actionTypeId.provider} Action can only be used with V2 pipelines.`);
}

const checkInputCount: ActionRule = ({ name, inputArtifacts }, { definition }) =>
  refuseMistake(`Action ${name}`, countMistake('input', inputArtifacts.length, definition.inputArtifactDetails));

const checkOutputCount: ActionRule = ({ name, outputArtifacts }, { definition }) =>
  refuseMistake(`Action ${name}`, countMistake('output', outputArtifacts.length, definition.outputArtifactDetails));

const checkConfiguration: ActionRule = ({ name, configuration }, { definition }) =>
  refuseMistake(
    `Action configuration for action '${name}'`,
    configurationMistake(configuration, definition.actionConfigurationProperties),
  );

function refuseMistake(subject: string, mistake: string | undefined): StructureRefusal | undefined {
  return mistake === undefined ? undefined : invalidAction(`${subject} ${mistake}`);
}

/** The value of a queryable property (behaviour A.2.4). */
const queryableValue = /^[A-Za-z0-9_-]{1,20}$/;

const checkQueryableValue: ActionRule = ({ name, configuration }, { definition }) => {
  const property = queryableProperty(definition);
  const value = property === undefined ? undefined : configuration[property];
  // A value with a variable is only known when the action starts.
  if (typeof value !== 'string' || value.includes('#{') || queryableValue.test(value)) return undefined;
  return invalidAction(
    `The value of the queryable configuration property '${property}' of action '${name}' must have 1 to 20 characters of [A-Za-z0-9_-].`,
  );
};

const checkRegion: ActionRule = ({ name, actionTypeId, region: declared = '' }, _type, region) =>
  (actionTypeId.category === 'Source' || actionTypeId.owner !== 'AWS') && declared !== '' && declared !== region
    ? invalidAction(
        `Action '${name}' cannot be in region ${declared}: source actions, and actions with owner ThirdParty or Custom, have to be in the region of the pipeline, ${region}.`,
      )
    : undefined;

const checkRole: ActionRule = ({ name, roleArn, actionTypeId }) =>
  roleArn !== undefined && actionTypeId.owner !== 'AWS'
    ? invalidAction(`Action '${name}' cannot have a roleArn: only actions with owner AWS may carry one.`)
    : undefined;

const rulesOfOneAction: ActionRule[] = [
  checkInputCount,
  checkOutputCount,
  checkConfiguration,
  checkQueryableValue,
  checkTimeout,
  checkCommands,
  checkNotificationArn,
  checkRegion,
  checkRole,
];
