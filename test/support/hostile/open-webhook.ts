import type { WebhookFilterRule } from '@aws-sdk/client-codepipeline';
import { account } from '../requests/client-config.ts';
import { callJson } from './call-json.ts';

/** A pipeline whose source action the events start. */
export async function createHookedPipeline(url: string): Promise<void> {
  const artifact = { outputArtifacts: [{ name: 'Source' }] };
  const configuration = { S3Bucket: 'hostile-source', S3ObjectKey: 'key', PollForSourceChanges: 'false' };
  const source = { name: 'Fetch', actionTypeId: awsType('Source', 'S3'), configuration, ...artifact };
  const approval = { name: 'Approve', actionTypeId: awsType('Approval', 'Manual') };
  const pipeline = {
    name: 'hooked',
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3', location: 'artifacts' },
    stages: [
      { name: 'Source', actions: [source] },
      { name: 'Approve', actions: [approval] },
    ],
  };
  await callJson(url, 'CreatePipeline', { pipeline });
}

function awsType(category: string, provider: string) {
  return { category, owner: 'AWS', provider, version: '1' };
}

/** Puts an unauthenticated webhook of that pipeline and returns the path of its URL. */
export async function putOpenWebhook(url: string, name: string, filters: WebhookFilterRule[]): Promise<string> {
  const definition = {
    name,
    targetPipeline: 'hooked',
    targetAction: 'Fetch',
    authentication: 'UNAUTHENTICATED',
    authenticationConfiguration: {},
    filters,
  };
  const answer = await callJson<{ webhook: { url: string } }>(url, 'PutWebhook', { webhook: definition });
  return new URL(answer.webhook.url).pathname;
}
