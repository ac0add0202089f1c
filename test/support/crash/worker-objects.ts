import type { S3ArtifactLocation } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Keys } from '../requests/client-config.ts';
import { contentOf, labelOf } from './content.ts';
import { type JobAccount, type Ledger, note } from './ledger.ts';
import type { RunContext } from './run-context.ts';
import type { Task } from './scripted-worker.ts';

/** Reads the job's input with its credentials, however old; it must be a complete source. */
export async function readInput({ target, ledger }: RunContext, { job, account }: Task): Promise<void> {
  const { bucketName: Bucket, objectKey: Key } = placeOf(job.data.inputArtifacts?.[0]?.location?.s3Location);
  const answer = await target.persist(async ({ withKeys }, options) => {
    const { Body } = await withKeys(job.data.artifactCredentials as Keys).send(
      new GetObjectCommand({ Bucket, Key }),
      options,
    );
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  });
  if (answer.kind === 'refused') ledger.violations.push(`${account.id} could not read its input: ${answer.code}`);
  if (answer.kind !== 'ok') return;
  const label = labelOf(answer.output);
  if (!label?.startsWith(`source ${account.pipelineName} `)) {
    ledger.violations.push(`the input of ${account.id} is not a whole source: ${label}`);
  }
}

/**
 * Writes the job's outputs with its credentials; always the same bytes, whichever worker
 * does it, because in an unversioned bucket a consumer cannot read anything but the recorded output.
 */
export async function writeOutput({ target, ledger }: RunContext, { job, account }: Task): Promise<void> {
  const sizeBytes = 1000 + (Number.parseInt(account.actionExecutionId.slice(0, 8), 16) % 40_000);
  for (const { location } of job.data.outputArtifacts ?? []) {
    const { bucketName: bucket, objectKey: key } = placeOf(location?.s3Location);
    const label = `output of ${account.pipelineName} ${account.actionExecutionId}`;
    const put = { Bucket: bucket, Key: key, Body: contentOf(label, sizeBytes) };
    const answer = await target.persist(({ withKeys }, options) =>
      withKeys(job.data.artifactCredentials as Keys).send(new PutObjectCommand(put), options),
    );
    if (answer.kind === 'refused') judgeRefusedWrite(ledger, account, answer.code);
    if (answer.kind === 'ok') ledger.objects.set(`${bucket}/${key}`, { bucket, key, label });
  }
}

/** Write access ends with the job: by another worker's report or by a stop. */
function judgeRefusedWrite(ledger: Ledger, account: JobAccount, code: string): void {
  const mayHaveEnded = account.sent.size > 0 || ledger.executions.get(account.executionId)?.isStopRequested;
  if (code === 'AccessDenied' && mayHaveEnded) note(ledger, 'an output came after the end of its job');
  else ledger.violations.push(`${account.id} could not write its output: ${code}`);
}

function placeOf(location: S3ArtifactLocation | undefined): { bucketName: string; objectKey: string } {
  const { bucketName = '', objectKey = '' } = location ?? {};
  return { bucketName, objectKey };
}
