import { ServiceError } from '../contract/errors.ts';
import type { CodeBuild } from '../contract/generated.ts';
import type { BuildSource } from '../model/build.ts';
import { codeCommitRepository, fullRepositoryId, isGit, objectPlace } from './source-location.ts';

/** Returns where a source of a project is, at a version of it. Throws InvalidInputException for one that only pipelines have. */
export function sourceOf(
  project: string,
  { type, location = '', auth }: CodeBuild.ProjectSource,
  version: string | undefined,
): BuildSource {
  if (type === 'NO_SOURCE') return { type: 'NO_SOURCE' };
  if (type === 'CODEPIPELINE') {
    throw new ServiceError(
      'InvalidInputException',
      `The project ${project} gets its source from a pipeline. Start the pipeline, or give sourceTypeOverride and artifactsOverride.`,
    );
  }
  const ref = version === undefined || version === '' ? undefined : version;
  if (type === 'S3') {
    const { bucket, key } = objectPlace(location) ?? { bucket: '', key: '' };
    return { type: 'S3', bucket, key, versionId: ref };
  }
  const repository = type === 'CODECOMMIT' ? codeCommitRepository(location) : undefined;
  return {
    type: 'GIT',
    url: location,
    repository,
    fullRepositoryId: repository === undefined ? fullRepositoryId(location) : undefined,
    connectionArn: auth?.type === 'CODECONNECTIONS' ? auth.resource : undefined,
    ref,
  };
}

/** Returns the URL of a source, as builds see it. */
export function sourceUrl(source: CodeBuild.ProjectSource): string | undefined {
  const { type, location = '' } = source;
  if (isGit(source)) return location;
  const place = type === 'S3' ? objectPlace(location) : undefined;
  return place && `s3://${place.bucket}/${place.key}`;
}
