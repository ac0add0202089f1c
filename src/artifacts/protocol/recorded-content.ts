import { S3Error } from './s3-error.ts';

/** An object as recorded at one moment: a version by its ETag (without quotes), or that there was none. */
export type RecordedContent = { versionId?: string; etag: string } | 'missing';

/** Returns the recorded version; throws if there was none, or if the caller names another version. */
export function requireRecorded(
  key: string,
  recorded: RecordedContent,
  namedVersion: string | undefined,
): Exclude<RecordedContent, 'missing'> {
  if (recorded === 'missing') {
    throw new S3Error(
      'NoSuchKey',
      'The specified key does not exist: nothing had been written to it when it was recorded.',
      {
        elements: { Key: key },
      },
    );
  }
  if (namedVersion === undefined || namedVersion === (recorded.versionId ?? 'null')) return recorded;
  throw new S3Error(
    'NoSuchVersion',
    `The specified version of ${key} is not the recorded one, which is all that is read.`,
    {
      elements: { Key: key, VersionId: namedVersion },
    },
  );
}

/** Returns the error for a recorded version that no longer exists. */
export function recordedVersionMissing(key: string, recorded: Exclude<RecordedContent, 'missing'>): S3Error {
  const { versionId } = recorded;
  const what = versionId === undefined ? `content (ETag "${recorded.etag}")` : `version ${versionId}`;
  return new S3Error('NoSuchVersion', `The recorded ${what} of ${key} no longer exists.`, {
    elements: { Key: key, VersionId: versionId ?? 'null' },
  });
}

/** Rejects content other than the recorded one. */
export function checkRecorded(key: string, recorded: Exclude<RecordedContent, 'missing'>, etag: string): void {
  if (etag === recorded.etag) return;
  throw new S3Error(
    'PreconditionFailed',
    `${key} was overwritten after it was recorded: its ETag was "${recorded.etag}" and is "${etag}".`,
  );
}
