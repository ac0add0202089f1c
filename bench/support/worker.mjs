// @ts-check
/** @import { AWSSessionCredentials } from '@aws-sdk/client-codepipeline' */
import { createHash, createHmac } from 'node:crypto';
import {
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetJobDetailsCommand,
  PollForJobsCommand,
} from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { region, signingKey } from './signer.mjs';

const details = { minimumCount: 0, maximumCount: 1 };
/** The worker's type. */
export const actionTypeId = {
  category: /** @type {const} */ ('Build'),
  owner: /** @type {const} */ ('Custom'),
  provider: 'Bench',
  version: '1',
};

/**
 * Starts a worker with a job; returns headers for its artifacts, signed with the job's credentials, valid for 15 minutes.
 *
 * @param {string} url
 * @param {{ accessKeyId: string, secretAccessKey: string }} rootKey
 * @param {Buffer[]} source the bytes of the input artifact
 */
export async function openWorker(url, rootKey, source) {
  const config = { endpoint: url, region, credentials: rootKey };
  const codePipeline = new CodePipelineClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  for (const Bucket of ['sources', 'artifacts']) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: /** @type {const} */ ('Enabled') };
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'sources', VersioningConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: 'sources', Key: 'source', Body: Buffer.concat(source) }));
  const type = { ...actionTypeId, inputArtifactDetails: details, outputArtifactDetails: details };
  await codePipeline.send(new CreateCustomActionTypeCommand(type));
  await codePipeline.send(new CreatePipelineCommand({ pipeline: declaration }));
  const job = await pollOne(codePipeline);
  return {
    /** The path of an artifact. @type {(kind: 'inputArtifacts' | 'outputArtifacts') => string} */
    pathOf(kind) {
      const place = job.data?.[kind]?.[0]?.location?.s3Location;
      return `/${place?.bucketName}/${place?.objectKey}`;
    },
    /** @type {(method: string, path: string, sha256: string) => Promise<Record<string, string>>} */
    async sign(method, path, sha256) {
      const { jobDetails } = await codePipeline.send(new GetJobDetailsCommand({ jobId: job.id }));
      const keys = jobDetails?.data?.artifactCredentials;
      if (!keys) throw new Error('the job has no credentials');
      return signedHeaders(keys, { method, path, sha256, host: new URL(url).host });
    },
  };
}

const declaration = {
  name: 'Bench',
  roleArn: 'arn:aws:iam::123456789012:role/Pipeline',
  artifactStore: { type: /** @type {const} */ ('S3'), location: 'artifacts' },
  stages: [
    {
      name: 'Source',
      actions: [
        {
          name: 'Source',
          actionTypeId: {
            ...actionTypeId,
            category: /** @type {const} */ ('Source'),
            owner: /** @type {const} */ ('AWS'),
            provider: 'S3',
          },
          configuration: { S3Bucket: 'sources', S3ObjectKey: 'source', PollForSourceChanges: 'false' },
          outputArtifacts: [{ name: 'Source' }],
        },
      ],
    },
    {
      name: 'Build',
      actions: [
        { name: 'Build', actionTypeId, inputArtifacts: [{ name: 'Source' }], outputArtifacts: [{ name: 'Built' }] },
      ],
    },
  ],
};

/** @param {CodePipelineClient} codePipeline */
async function pollOne(codePipeline) {
  for (;;) {
    const { jobs } = await codePipeline.send(new PollForJobsCommand({ actionTypeId }));
    if (jobs?.[0]) return jobs[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Returns the headers of an S3 request as clients over plain HTTP sign it: with the SHA-256 of its body.
 *
 * @param {AWSSessionCredentials} keys
 * @param {{ method: string, path: string, sha256: string, host: string }} request
 * @returns {Record<string, string>}
 */
function signedHeaders(keys, { method, path, sha256, host }) {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const headers = {
    host,
    'x-amz-content-sha256': sha256,
    'x-amz-date': date,
    'x-amz-security-token': keys.sessionToken ?? '',
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const canonical = [method, path, '', ...lines, '', names, sha256].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const key = signingKey(scope, keys.secretAccessKey ?? '');
  const signature = createHmac('sha256', key).update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash}`).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}
