import type { ExecutionMode, Job, StageDeclaration } from '@aws-sdk/client-codepipeline';
import { account } from '../requests/client-config.ts';
import { callJson } from './call-json.ts';

const artifacts = { minimumCount: 0, maximumCount: 5 };

/** An action type whose worker is the attacker. */
export function customType(category: 'Source' | 'Build') {
  return { category, owner: 'Custom', provider: 'Hostile', version: '1' } as const;
}

/** Creates both types, with `properties` optional properties each. */
export async function registerTypes(url: string, properties: readonly string[]): Promise<void> {
  for (const category of ['Source', 'Build'] as const) {
    await callJson(url, 'CreateCustomActionType', {
      category,
      provider: 'Hostile',
      version: '1',
      configurationProperties: properties.map((name) => ({ name, required: false, key: false, secret: false })),
      inputArtifactDetails: artifacts,
      outputArtifactDetails: artifacts,
    });
  }
}

/** Creates a pipeline whose source action is of the custom type, with the namespace `a`; its job is queued. */
export async function createCustomPipeline(
  url: string,
  name: string,
  stages: StageDeclaration[],
  executionMode: ExecutionMode = 'SUPERSEDED',
): Promise<void> {
  const source = { name: 'Fetch', actionTypeId: customType('Source'), namespace: 'a' };
  const pipeline = {
    name,
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3', location: 'artifacts' },
    pipelineType: 'V2',
    executionMode,
    stages: [{ name: 'Source', actions: [source] }, ...stages],
  };
  await callJson(url, 'CreatePipeline', { pipeline });
}

/** Polls up to `maxBatchSize` queued jobs. */
export async function pollCustom(url: string, category: 'Source' | 'Build', maxBatchSize = 1): Promise<Job[]> {
  const { jobs } = await callJson<{ jobs: Job[] }>(url, 'PollForJobs', {
    actionTypeId: customType(category),
    maxBatchSize,
  });
  return jobs;
}
