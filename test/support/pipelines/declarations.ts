import type { ActionConfigurationProperty, ActionTypeId } from '../../../src/contract/generated.ts';
import type { ActionTypeAttributes, CataloguedActionType } from '../../../src/model/action-type.ts';
import { customActionTimeoutMs } from '../../../src/model/job.ts';
import type { Pipeline, Scope, StoredAction, StoredDeclaration, StoredStage } from '../../../src/model/pipeline.ts';
import { firstInstant } from '../engine/test-clock.ts';

/** The account and region of the tests. */
export const scope: Scope = { account: '123456789012', region: 'us-east-1' };

/** The default role of a pipeline. */
export const roleArn = 'arn:aws:iam::123456789012:role/Pipeline';

type Property = Partial<ActionConfigurationProperty> & { name: string };

/** Returns an action type: by default custom, category Build, 0–5 artifacts in and out, 24 h. */
export function actionType(
  parts: Partial<ActionTypeId> & {
    inputs?: [number, number];
    outputs?: [number, number];
    properties?: Property[];
    timeoutMs?: number;
    attributes?: ActionTypeAttributes;
  } = {},
): CataloguedActionType {
  const {
    category = 'Build',
    owner = 'Custom',
    provider = 'Bench',
    version = '1',
    properties = [],
    attributes,
  } = parts;
  const [fewestInputs, mostInputs] = parts.inputs ?? [0, 5];
  const [fewestOutputs, mostOutputs] = parts.outputs ?? [0, 5];
  return {
    timeoutMs: parts.timeoutMs ?? customActionTimeoutMs,
    ...(attributes && { attributes }),
    definition: {
      id: { category, owner, provider, version },
      settings: {},
      actionConfigurationProperties: properties.map((property) => ({
        required: false,
        key: false,
        secret: false,
        ...property,
      })),
      inputArtifactDetails: { minimumCount: fewestInputs, maximumCount: mostInputs },
      outputArtifactDetails: { minimumCount: fewestOutputs, maximumCount: mostOutputs },
    },
  };
}

/** A custom source type. */
export const sourceType = actionType({ category: 'Source', provider: 'Depot', inputs: [0, 0] });

/** A custom build type with the properties `Command` and `Secret`. */
export const buildType = actionType({ properties: [{ name: 'Command' }, { name: 'Secret', secret: true }] });

/** A custom deploy type with a queryable property `Lane`. */
export const laneType = actionType({
  category: 'Deploy',
  provider: 'Ferry',
  properties: [{ name: 'Lane', required: true, queryable: true }],
});

/** The manual approval type of the catalogue. */
export const approvalType: CataloguedActionType = {
  ...actionType({
    category: 'Approval',
    owner: 'AWS',
    provider: 'Manual',
    inputs: [0, 0],
    outputs: [0, 0],
    properties: [{ name: 'NotificationArn' }, { name: 'CustomData' }, { name: 'IsSummaryRequired' }],
    timeoutMs: 7 * 24 * 60 * 60 * 1000,
  }),
  lacksProvider: true,
};

/** Returns a manual approval action. */
export function approval(name: string, parts: Parameters<typeof action>[1] = {}): StoredAction {
  return action(name, { type: approvalType, ...parts });
}

/** All custom types that are used here. */
export const catalogue = [sourceType, buildType, laneType];

/** Returns a stored action, by default of `buildType` with run order 1; artifacts are given by name. */
export function action(
  name: string,
  parts: Omit<Partial<StoredAction>, 'inputArtifacts' | 'outputArtifacts'> & {
    type?: CataloguedActionType;
    inputs?: string[];
    outputs?: string[];
  } = {},
): StoredAction {
  const { type = buildType, inputs = [], outputs = [], ...members } = parts;
  return {
    name,
    actionTypeId: type.definition.id,
    runOrder: 1,
    configuration: {},
    inputArtifacts: inputs.map((artifact) => ({ name: artifact })),
    outputArtifacts: outputs.map((artifact) => ({ name: artifact })),
    ...members,
  };
}

/** Returns a source action, by default with the output `Code`. */
export function source(name = 'Fetch', parts: Parameters<typeof action>[1] = {}): StoredAction {
  return action(name, { type: sourceType, outputs: ['Code'], ...parts });
}

export function stage(name: string, ...actions: StoredAction[]): StoredStage {
  return { name, actions };
}

/** Returns a stored declaration with these stages: SUPERSEDED, V1, one artifact store. */
export function declare(stages: StoredStage[], members: Partial<StoredDeclaration> = {}): StoredDeclaration {
  return {
    name: 'Mill',
    roleArn,
    artifactStore: { type: 'S3', location: 'artifacts' },
    stages,
    version: 1,
    executionMode: 'SUPERSEDED',
    pipelineType: 'V1',
    ...members,
  };
}

/** Returns `Source` with `Fetch`, which outputs `Code`, and `Build` with `Compile`, which turns it into `Package`. */
export function twoStages(members: Partial<StoredDeclaration> = {}): StoredDeclaration {
  return declare(
    [stage('Source', source()), stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'] }))],
    members,
  );
}

/** Returns the row of a pipeline with this declaration. */
export function pipelineOf(declaration: StoredDeclaration, members: Partial<Pipeline> = {}): Pipeline {
  const instants = { createdAt: firstInstant, updatedAt: firstInstant };
  return { id: 'pipeline-1', ...scope, name: declaration.name, version: declaration.version, ...instants, ...members };
}
