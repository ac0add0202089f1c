import type { CheckTools, FoundRevision } from '../provider.ts';
import { findImage, missingTag } from './image-source.ts';

/**
 * Finds the digest of the tag of a source action; undefined if its registry says nothing about pushes. Throws
 * `JobFailure`.
 */
export async function checkImageSource(
  location: Record<string, string>,
  tools: Pick<CheckTools, 'registries' | 'signal' | 'account' | 'region'>,
): Promise<FoundRevision | undefined> {
  const source = await findImage(location, tools);
  const { registry, repositoryName, tag, client } = source;
  if (registry.onPush === undefined) return undefined;
  const digest = await client.findDigest(tag);
  if (digest === undefined) throw missingTag(source);
  const found = { cursor: digest, revisionId: digest, ref: tag };
  if (registry.onPush === 'start') return found;
  return { ...found, events: eventsOf({ repositoryName, tag, digest }, tools) };
}

/**
 * Returns the events of a push: that of Amazon ECR, which the rules of the console wait for, and that of CloudTrail, which
 * the rules of the CDK wait for.
 */
function eventsOf(
  { repositoryName, tag, digest }: { repositoryName: string; tag: string; digest: string },
  { account, region }: { account: string; region: string },
): FoundRevision['events'] {
  const origin = { source: 'aws.ecr', resources: [`arn:aws:ecr:${region}:${account}:repository/${repositoryName}`] };
  return [
    {
      ...origin,
      'detail-type': 'ECR Image Action',
      detail: {
        'action-type': 'PUSH',
        result: 'SUCCESS',
        'repository-name': repositoryName,
        'image-tag': tag,
        'image-digest': digest,
      },
    },
    {
      ...origin,
      'detail-type': 'AWS API Call via CloudTrail',
      detail: {
        eventSource: 'ecr.amazonaws.com',
        eventName: 'PutImage',
        awsRegion: region,
        requestParameters: { registryId: account, repositoryName, imageTag: tag },
        responseElements: {
          image: { registryId: account, repositoryName, imageId: { imageDigest: digest, imageTag: tag } },
        },
      },
    },
  ];
}
