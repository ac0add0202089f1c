// @ts-check
/** @import { CataloguedActionType } from '../../src/model/action-type.ts' */
/** @import { StoredAction, StoredDeclaration } from '../../src/model/pipeline.ts' */
import { customActionTimeoutMs } from './product.mjs';

/** The account and region of every benchmark. */
export const scope = { account: '123456789012', region: 'us-east-1' };

/**
 * Returns a custom type with a few properties.
 *
 * @param {'Source' | 'Build'} category
 * @param {string} provider
 * @returns {CataloguedActionType}
 */
function customType(category, provider) {
  return {
    timeoutMs: customActionTimeoutMs,
    definition: {
      id: { category, owner: 'Custom', provider, version: '1' },
      settings: {},
      actionConfigurationProperties: ['Command', 'Image', 'Revision'].map((name) => ({
        name,
        required: false,
        key: false,
        secret: false,
      })),
      inputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 5 },
    },
  };
}

/**
 * Returns a pipeline with stages of custom actions. Each action has a namespace and an output artifact; from the second
 * stage on it uses the artifact and a variable of its counterpart in the previous stage.
 *
 * @param {string} name
 * @param {{ stages: number, actions: number, isParallel: boolean }} size `actions` in each stage, concurrent or sequential
 * @returns {{ declaration: StoredDeclaration, types: CataloguedActionType[] }}
 */
export function pipelineOf(name, { stages, actions, isParallel }) {
  const sourceType = customType('Source', name);
  const buildType = customType('Build', name);
  /** @type {(stage: number, number: number) => StoredAction} */
  const actionOf = (stage, number) => {
    const before = `${stage - 1}-${number}`;
    const isSource = stage === 0;
    return {
      name: `Action-${stage}-${number}`,
      actionTypeId: (isSource ? sourceType : buildType).definition.id,
      runOrder: isParallel ? 1 : number + 1,
      namespace: `Namespace-${stage}-${number}`,
      configuration: {
        Command: 'make --directory=/work/sources --jobs=4 all check distribution',
        Image: 'registry.example.com/builders/debian-trixie-toolchain:2026-01-15',
        Revision: isSource ? 'main' : `#{Namespace-${before}.Revision}`,
      },
      inputArtifacts: isSource ? [] : [{ name: `Artifact-${before}` }],
      outputArtifacts: [{ name: `Artifact-${stage}-${number}` }],
    };
  };
  const declaration = {
    name,
    roleArn: `arn:aws:iam::${scope.account}:role/Pipeline`,
    artifactStore: { type: /** @type {const} */ ('S3'), location: 'artifacts' },
    stages: Array.from({ length: stages }, (_, stage) => ({
      name: `Stage-${stage}`,
      actions: Array.from({ length: actions }, (_, number) => actionOf(stage, number)),
    })),
    version: 1,
    executionMode: /** @type {const} */ ('SUPERSEDED'),
    pipelineType: /** @type {const} */ ('V2'),
  };
  return { declaration, types: [sourceType, buildType] };
}
