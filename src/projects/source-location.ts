import type { CodeBuild } from '../contract/generated.ts';

/** A bucket, and a key or prefix in it. */
interface ObjectPlace {
  bucket: string;
  key: string;
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Returns the place that `bucket/key` or `arn:aws:s3:::bucket/key` names; undefined if it names none. */
export function objectPlace(location: string): ObjectPlace | undefined {
  const [bucket = '', ...key] = location.replace(/^arn:aws[\w-]*:s3:::/, '').split('/');
  return bucketName.test(bucket) ? { bucket, key: key.join('/') } : undefined;
}

/** Reports whether a text is the name of a bucket. */
export function isBucketName(text: string): boolean {
  return bucketName.test(text);
}

const codeCommitUrl = /^https:\/\/git-codecommit[\w.-]*\.amazonaws\.com(?:\.cn)?\/v1\/repos\/([\w.-]{1,100}?)\/?$/;

/** Returns the name of the repository of a CodeCommit URL; undefined for any other URL. */
export function codeCommitRepository(location: string): string | undefined {
  return codeCommitUrl.exec(location)?.[1];
}

/** Returns `owner/name` of the URL of a repository at a forge; undefined if it has none. */
export function fullRepositoryId(location: string): string | undefined {
  const path = URL.canParse(location) ? new URL(location).pathname : /^[\w.-]+@[\w.-]+:(.+)$/.exec(location)?.[1];
  const id = path
    ?.replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
  return id !== undefined && /^[\w.-]+(?:\/[\w.-]+)+$/.test(id) ? id : undefined;
}

/** Reports whether a source is a Git repository. */
export function isGit({ type }: Pick<CodeBuild.ProjectSource, 'type'>): boolean {
  return type !== 'CODEPIPELINE' && type !== 'NO_SOURCE' && type !== 'S3';
}

/** Reports whether a buildspec is given as its text, not as a path in the source or an object. */
export function isInline(buildspec: string): boolean {
  return /[\n\r]/.test(buildspec) || buildspec.trimStart().startsWith('{');
}
