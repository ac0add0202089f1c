import type { ActionTypeId, Artifact, AWSSessionCredentials, Job, JobData } from '../../../contract/generated.ts';
import {
  type JobGrant,
  jobCredentialLifetimeMs,
  type RecordedContent,
} from '../../../identity/secrets/job-credentials.ts';
import { pipelineArn } from '../../../model/arn.ts';
import type { ArtifactContent, ArtifactInstance } from '../../../model/execution.ts';
import { newestNonce } from '../../../model/job.ts';
import { isOpenJob } from '../../../model/status.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { openSecrets } from '../pipelines/secrets.ts';

/**
 * Returns what a worker gets of a job (behaviour A.2.7): resolved configuration, secrets in clear, fresh credentials.
 */
export function toJobData(
  record: JobRecord,
  artifactCredentials: AWSSessionCredentials,
  dependencies: Dependencies,
): JobData {
  const { job, action, pipeline, executionId } = record;
  const { start } = action;
  return {
    // The wire format has no category for rules; only built-in providers get their jobs.
    actionTypeId: start.actionTypeId as ActionTypeId,
    actionConfiguration: { configuration: openSecrets(start.resolvedConfiguration, pipeline, dependencies.sealer) },
    pipelineContext: {
      pipelineName: pipeline.name,
      stage: { name: action.stageName },
      action: { name: action.actionName, actionExecutionId: action.id },
      pipelineArn: pipelineArn(pipeline, pipeline.name),
      pipelineExecutionId: executionId,
    },
    inputArtifacts: start.inputArtifacts.map(toArtifact),
    outputArtifacts: start.outputArtifacts.map(toArtifact),
    artifactCredentials,
    continuationToken: job.continuationToken,
    encryptionKey: start.encryptionKey,
  };
}

/** Returns a job as a poll does: its data and the nonce of this delivery. */
export function toPolledJob(
  record: JobRecord,
  artifactCredentials: AWSSessionCredentials,
  dependencies: Dependencies,
): Job {
  return {
    id: record.job.id,
    nonce: newestNonce(record.job),
    accountId: record.pipeline.account,
    data: toJobData(record, artifactCredentials, dependencies),
  };
}

function toArtifact({ name, revision, bucketName, objectKey }: ArtifactInstance): Artifact {
  return { name, revision, location: { type: 'S3', s3Location: { bucketName, objectKey } } };
}

/**
 * Grants exactly the job's objects for fifteen minutes: inputs as recorded with their producers, and outputs until the job
 * has ended.
 */
export function grantOf(
  { job, action, pipeline }: JobRecord,
  { now, artifactContents }: Pick<Dependencies, 'now' | 'artifactContents'>,
): JobGrant {
  const issuedAt = now();
  const objects = (artifacts: ArtifactInstance[]) =>
    artifacts.map(({ bucketName, objectKey }) => ({ bucket: bucketName, key: objectKey }));
  return {
    account: pipeline.account,
    region: pipeline.region,
    jobId: job.id,
    roleArn: action.start.roleArn,
    read: action.start.inputArtifacts.map(({ bucketName, objectKey, content }) => ({
      bucket: bucketName,
      key: objectKey,
      content: recordedIn(content, artifactContents.store),
    })),
    write: isOpenJob(job.status) ? objects(action.start.outputArtifacts) : [],
    issuedAt,
    expiresAt: issuedAt + jobCredentialLifetimeMs,
  };
}

/** Returns the content recorded in the current store; an object recorded in another store is found by its key. */
function recordedIn(content: ArtifactContent | undefined, store: string): RecordedContent | undefined {
  return content?.store === store ? (content.object ?? 'missing') : undefined;
}
