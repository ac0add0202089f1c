import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Job } from '../../contract/generated.ts';
import { isDigest, type Manifest } from '../../registry/client.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { writeArtifact } from '../artifact-access.ts';
import { configurationOf, encryptionOf, locationOf, requiredValue } from '../job-reading.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { checkImageSource } from './check.ts';
import { describeImage, type Image } from './image.ts';
import { findImage, type ImageSource, missingTag } from './image-source.ts';

/** The one file of the artifact, which deploy actions look for by this name. */
const fileName = 'imageDetail.json';

const maxChangeIdentifierChars = 100;

/** This provider; the catalogue says what its configuration holds (behaviour D.1). */
export const ecrSource: Provider = {
  actionTypeId: { category: 'Source', owner: 'AWS', provider: 'ECR', version: '1' },
  run: runEcrSource,
  check: checkImageSource,
};

/**
 * Writes `imageDetail.json` for the image of a tag, or for the digest that the execution is bound to, and reports the
 * digest as the revision.
 */
async function runEcrSource(job: Job, tools: ProviderTools): Promise<JobOutcome> {
  requiredValue(job, 'RepositoryName');
  const output = job.data?.outputArtifacts?.[0];
  const target = { ...locationOf(output, 'output'), ...encryptionOf(job) };
  const source = await findImage(configurationOf(job), tools);
  const { manifest, isTagged } = await readManifest(source, output?.revision);
  const image = await describeImage(source.client, manifest);
  const variables = {
    ImageDigest: image.digest,
    ImageURI: `${source.reference}@${image.digest}`,
    // What pipelines written for AWS expect there: the account that has the repository.
    RegistryId: job.accountId ?? '',
    RepositoryName: source.repositoryName,
  };
  const pushedAt = image.pushedAt ?? tools.now();
  const file = await packDetail(pushedAt, {
    ImageSizeInBytes: String(image.sizeBytes),
    Version: '1.0',
    ImagePushedAt: describeInstant(pushedAt),
    ...variables,
    ImageTags: isTagged ? [source.tag] : [],
  });
  tools.signal.throwIfAborted();
  await writeArtifact({ ...target, ...file, contentType: 'application/zip' }, tools);
  return success(image, { ...variables, ImageTag: source.tag }, pushedAt);
}

/** Reads the manifest of the bound digest, or of the tag. `isTagged` says whether the tag means it now. */
async function readManifest(
  source: ImageSource,
  bound: string | undefined,
): Promise<{ manifest: Manifest; isTagged: boolean }> {
  const { client, reference, tag } = source;
  if (bound === undefined) {
    const manifest = await client.readManifest(tag);
    if (!manifest) throw missingTag(source);
    return { manifest, isTagged: true };
  }
  if (!isDigest(bound)) throw new JobFailure('RevisionUnavailable', `'${bound}' is not the digest of an image.`);
  const manifest = await client.readManifest(bound);
  if (!manifest) throw new JobFailure('RevisionUnavailable', `There is no image ${reference}@${bound}.`);
  return { manifest, isTagged: (await client.findDigest(tag)) === bound };
}

/** Packs the file; the same image gives the same bytes. */
async function packDetail(at: number, detail: Record<string, unknown>): Promise<{ body: Readable; sizeBytes: number }> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(JSON.stringify(detail, null, 2)), fileName, { mtime: new Date(at), mode: 0o100644 });
  zip.end();
  const bytes = await buffer(zip.outputStream as Readable);
  return { body: Readable.from([bytes]), sizeBytes: bytes.length };
}

/** Returns an instant as AWS writes it in this file: `Mon Jan 21 20:04:00 UTC 2019`. */
function describeInstant(at: number): string {
  const [weekday = '', day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${day} ${time} UTC ${year}`;
}

function success({ digest }: Image, outputVariables: Record<string, string>, pushedAt: number): JobOutcome {
  return {
    status: 'Succeeded',
    executionDetails: { summary: digest, externalExecutionId: digest, percentComplete: 100 },
    currentRevision: {
      revision: digest,
      changeIdentifier: digest.slice(0, maxChangeIdentifierChars),
      revisionSummary: outputVariables.ImageURI ?? digest,
      created: pushedAt / 1000,
    },
    outputVariables,
  };
}
