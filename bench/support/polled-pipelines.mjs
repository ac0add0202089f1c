// @ts-check
// Pipelines whose sources are polled. Each has a variable without a value, so that its executions are recorded and fail at
// once: what is measured is the polling, not what it starts.
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { region, rootKey } from './signer.mjs';

/** Objects that are written at a time. */
const writers = 8;

/** @type {(number: number, provider: string, configuration: Record<string, string>) => object} */
function polledPipeline(number, provider, configuration) {
  const output = { name: 'Source' };
  return {
    name: `Polled-${number}`,
    pipelineType: 'V2',
    roleArn: 'arn:aws:iam::123456789012:role/Pipeline',
    artifactStore: { type: 'S3', location: 'artifacts' },
    variables: [{ name: 'Missing' }],
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Source',
            actionTypeId: { category: 'Source', owner: 'AWS', provider, version: '1' },
            configuration,
            outputArtifacts: [output],
          },
        ],
      },
      {
        name: 'Approve',
        actions: [
          { name: 'Approve', actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } },
        ],
      },
    ],
  };
}

/** A pipeline that polls a branch of one of the repositories. @type {(number: number, repository: number) => object} */
export function gitPipeline(number, repository) {
  return polledPipeline(number, 'CodeCommit', { RepositoryName: `repository-${repository}`, BranchName: 'main' });
}

/** A pipeline that polls an object of its own. @type {(number: number) => object} */
export function objectPipeline(number) {
  return polledPipeline(number, 'S3', { S3Bucket: 'sources', S3ObjectKey: `source-${number}.zip` });
}

/** Returns the file that declares the repositories. @type {(url: string, count: number) => string} */
export function repositoriesOf(url, count) {
  const lines = Array.from({ length: count }, (_, number) => {
    return `  - name: repository-${number}\n    url: ${url}/repository-${number}.git`;
  });
  return `repositories:\n${lines.join('\n')}\n`;
}

/**
 * Creates the bucket of the sources, with an object for each pipeline.
 *
 * @param {string} endpoint
 * @param {number} count
 */
export async function putObjects(endpoint, count) {
  const s3 = new S3Client({ endpoint, region, credentials: rootKey, forcePathStyle: true });
  const Bucket = 'sources';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  let next = 0;
  const putSome = async () => {
    while (next < count) {
      next += 1;
      await s3.send(new PutObjectCommand({ Bucket, Key: `source-${next - 1}.zip`, Body: 'the source' }));
    }
  };
  await Promise.all(Array.from({ length: writers }, putSome));
  s3.destroy();
}
