import type { CodeBuild } from '../contract/generated.ts';
import { firstRepeated, identifierMistake, type ProjectMistake } from './mistake.ts';
import type { BuildProject } from './project.ts';
import { codeCommitRepository, isGit, isInline, objectPlace } from './source-location.ts';

/** Says what is wrong with the sources of a project. */
export function findSourceMistakes({
  source,
  secondarySources = [],
  secondarySourceVersions = [],
}: BuildProject): ProjectMistake[] {
  const mistakes: ProjectMistake[] = [];
  const report = (member: keyof BuildProject, message: string | undefined) => {
    if (message !== undefined) mistakes.push({ member, message });
  };
  report('source', locationMistake(source));
  report('source', buildspecMistake(source));
  report('source', authMistake(source));
  for (const secondary of secondarySources) {
    const { type, sourceIdentifier } = secondary;
    if (type === 'CODEPIPELINE' || type === 'NO_SOURCE') {
      report('secondarySources', `Invalid input: sourceType ${type} is not allowed for secondarySources`);
    } else {
      report('secondarySources', identifierMistake('sourceIdentifier', sourceIdentifier));
      report('secondarySources', locationMistake(secondary) ?? authMistake(secondary));
    }
  }
  const identifiers = secondarySources.map(({ sourceIdentifier }) => sourceIdentifier);
  const repeated = firstRepeated(identifiers);
  if (repeated !== undefined) {
    report('secondarySources', `Invalid input: the sourceIdentifier ${repeated} is used twice`);
  }
  const unknown = secondarySourceVersions.find(({ sourceIdentifier }) => !identifiers.includes(sourceIdentifier));
  if (unknown) {
    report(
      'secondarySourceVersions',
      `Invalid input: no secondary source has the sourceIdentifier ${unknown.sourceIdentifier}`,
    );
  }
  return mistakes;
}

function locationMistake(source: CodeBuild.ProjectSource): string | undefined {
  const { type, location } = source;
  if (type === 'CODEPIPELINE') return undefined;
  if (type === 'NO_SOURCE') {
    return location === undefined ? undefined : 'Invalid project source: source type NO_SOURCE should have no location';
  }
  if (location === undefined || location === '') {
    return `Invalid project source: source type ${type} should have a location`;
  }
  if (type === 'S3') {
    const key = objectPlace(location)?.key ?? '';
    return key !== '' && !key.endsWith('/')
      ? undefined
      : 'Invalid project source: location must be a bucket, a slash and the key of a ZIP file; folders are not supported';
  }
  if (type === 'CODECOMMIT' && codeCommitRepository(location) === undefined) {
    return 'Invalid project source: location must be https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME';
  }
  return isGit(source) && /[\s\p{Cc}]/u.test(location)
    ? 'Invalid project source: location has a space or a control character'
    : undefined;
}

function buildspecMistake({ type, buildspec = '' }: CodeBuild.ProjectSource): string | undefined {
  const isThere = isInline(buildspec) || buildspec.startsWith('arn:');
  if (type === 'NO_SOURCE' && !isThere) {
    return 'Invalid project source: source type NO_SOURCE needs a buildspec: its text, or the ARN of an S3 object';
  }
  const isObject = !isInline(buildspec) && buildspec.startsWith('arn:');
  if (isObject && (objectPlace(buildspec)?.key ?? '') === '') {
    return `Invalid project source: the buildspec ${buildspec} is not the ARN of an S3 object`;
  }
  return undefined;
}

function authMistake({ auth }: CodeBuild.ProjectSource): string | undefined {
  if (auth?.type !== 'CODECONNECTIONS' || auth.resource?.startsWith('arn:')) return undefined;
  return 'Invalid project source: auth type CODECONNECTIONS should have the ARN of a connection as its resource';
}
