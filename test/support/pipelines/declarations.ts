import type { ActionConfigurationProperty, ActionTypeId } from '../../../src/contract/generated.ts';
import type { ActionTypeAttributes, CataloguedActionType } from '../../../src/model/action-type.ts';
import { customActionTimeoutMs } from '../../../src/model/job.ts';
import type { Pipeline, Scope, StoredAction, StoredDeclaration, StoredStage } from '../../../src/model/pipeline.ts';
import { firstInstant } from '../engine/test-clock.ts';

/** The account and region tests live in. */
export const scope: Scope = { account: '123456789012', region: 'us-east-1' };

/** The role of a pipeline that names no other. */
export const roleArn = 'arn:aws:iam::123456789012:role/Pipeline';

type Property = Partial<ActionConfigurationProperty> & { name: string };

/** A catalogued type: custom, of category Build, 0–5 artifacts on both sides and 24 h unless said otherwise. */
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

/** A custom source. */
export const sourceType = actionType({ category: 'Source', provider: 'Depot', inputs: [0, 0] });

/** A custom build with the properties `Command` and `Secret`. */
export const buildType = actionType({ properties: [{ name: 'Command' }, { name: 'Secret', secret: true }] });

/** A custom deployment whose property `Lane` is queryable. */
export const laneType = actionType({
  category: 'Deploy',
  provider: 'Ferry',
  properties: [{ name: 'Lane', required: true, queryable: true }],
});

/** The manual approval as the catalogue has it: nothing performs it, it waits. */
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

/** A manual approval. */
export function approval(name: string, parts: Parameters<typeof action>[1] = {}): StoredAction {
  return action(name, { type: approvalType, ...parts });
}

/** Every custom type the builders here use. */
export const catalogue = [sourceType, buildType, laneType];

/** A stored action of `buildType`, run order 1, unless said otherwise; artifacts by their names. */
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

/** A source action; it produces `Code` unless said otherwise. */
export function source(name = 'Fetch', parts: Parameters<typeof action>[1] = {}): StoredAction {
  return action(name, { type: sourceType, outputs: ['Code'], ...parts });
}

export function stage(name: string, ...actions: StoredAction[]): StoredStage {
  return { name, actions };
}

/** A stored declaration of these stages: SUPERSEDED, V1, one artifact store. */
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

/** `Source` with `Fetch`, which makes `Code`, and `Build` with `Compile`, which makes `Package` of it. */
export function twoStages(members: Partial<StoredDeclaration> = {}): StoredDeclaration {
  return declare(
    [stage('Source', source()), stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'] }))],
    members,
  );
}

/** The row of a pipeline with this declaration. */
export function pipelineOf(declaration: StoredDeclaration, members: Partial<Pipeline> = {}): Pipeline {
  const instants = { createdAt: firstInstant, updatedAt: firstInstant };
  return { id: 'pipeline-1', ...scope, name: declaration.name, version: declaration.version, ...instants, ...members };
}
