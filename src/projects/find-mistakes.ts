import type { CodeBuild } from '../contract/generated.ts';
import { findSourceMistakes } from './find-source-mistakes.ts';
import { firstRepeated, identifierMistake, type ProjectMistake } from './mistake.ts';
import type { BuildProject } from './project.ts';
import { isBucketName, objectPlace } from './source-location.ts';
import { findUnsupported } from './unsupported.ts';

/** Says what is wrong with a project whose members have the right types. The texts are CodeBuild's where they are known. */
export function findProjectMistakes(project: BuildProject): ProjectMistake[] {
  return [
    ...findSourceMistakes(project),
    ...artifactMistakes(project),
    ...environmentMistakes(project),
    ...otherMistakes(project),
    ...sizeMistakes(project),
    ...findUnsupported(project),
  ];
}

/** A list returns a hundred projects or builds, whose texts keep nothing else waiting. */
const mostCharacters = 64 * 1024;

function sizeMistakes(project: BuildProject): ProjectMistake[] {
  const { length } = JSON.stringify(project);
  if (length <= mostCharacters) return [];
  const message = `Invalid input: the project has ${length} characters with its buildspec and variables, expected at most ${mostCharacters}. Put the buildspec into the source or into S3`;
  return [{ member: 'source', message }];
}

function artifactMistakes({ source, artifacts, secondaryArtifacts = [] }: BuildProject): ProjectMistake[] {
  const mistakes: ProjectMistake[] = [];
  const report = (member: keyof BuildProject, message: string) => void mistakes.push({ member, message });
  if ((source.type === 'CODEPIPELINE') !== (artifacts.type === 'CODEPIPELINE')) {
    report(
      'artifacts',
      'Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE',
    );
  }
  if (artifacts.type === 'NO_ARTIFACTS' && artifacts.name !== undefined) {
    report('artifacts', 'Invalid artifacts: artifact type NO_ARTIFACTS should have null output name');
  }
  const wrong = storedMistake(artifacts);
  if (wrong !== undefined) report('artifacts', wrong);
  for (const artifact of secondaryArtifacts) {
    const { artifactIdentifier, type } = artifact;
    if (type !== 'S3') {
      report('secondaryArtifacts', `Invalid input: artifactType ${type} is not allowed for secondaryArtifacts`);
    } else {
      const message = identifierMistake('artifactIdentifier', artifactIdentifier) ?? storedMistake(artifact);
      if (message !== undefined) report('secondaryArtifacts', message);
    }
  }
  const repeated = firstRepeated(secondaryArtifacts.map(({ artifactIdentifier }) => artifactIdentifier));
  if (repeated !== undefined) {
    report('secondaryArtifacts', `Invalid input: the artifactIdentifier ${repeated} is used twice`);
  }
  return mistakes;
}

function storedMistake({ type, location }: CodeBuild.ProjectArtifacts): string | undefined {
  if (type !== 'S3' || (location !== undefined && isBucketName(location))) return undefined;
  return 'Invalid artifacts: artifact type S3 should have the name of a bucket as its location';
}

/** The most variables of a project, and of a start. */
export const mostVariables = 200;

function environmentMistakes({ environment: { environmentVariables = [] } }: BuildProject): ProjectMistake[] {
  const reserved = environmentVariables.find(({ name }) => name.startsWith('CODEBUILD_'));
  const isTooMany = environmentVariables.length > mostVariables;
  const messages = [
    reserved && `Invalid environment variables: ${reserved.name} begins with CODEBUILD_, which is reserved`,
    isTooMany &&
      `Invalid environment variables: there are ${environmentVariables.length}, expected at most ${mostVariables}`,
  ];
  return messages.flatMap((message) => (message ? [{ member: 'environment' as const, message }] : []));
}

const roleArn = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

function otherMistakes({ serviceRole, cache, tags = [], concurrentBuildLimit }: BuildProject): ProjectMistake[] {
  const mistakes: ProjectMistake[] = [];
  const report = (member: keyof BuildProject, message: string) => void mistakes.push({ member, message });
  if (!roleArn.test(serviceRole)) {
    report('serviceRole', `Invalid service role: ${serviceRole} is neither the name nor the ARN of a role`);
  }
  if (cache?.type === 'S3' && objectPlace(cache.location ?? '') === undefined) {
    report('cache', 'Invalid cache: location must be a valid S3 bucket, followed by slash and the prefix');
  }
  if (concurrentBuildLimit !== undefined && concurrentBuildLimit < 1) {
    report('concurrentBuildLimit', 'Invalid concurrent build limit: it must be greater than zero');
  }
  const keys = tags.map(({ key }) => key);
  const repeated = firstRepeated(keys);
  if (repeated !== undefined) report('tags', `Invalid tags: the key ${repeated} is used twice`);
  if (keys.some((key) => key === undefined || /^aws:/i.test(key))) {
    report('tags', 'Invalid tags: every tag needs a key, and none may begin with aws:');
  }
  return mistakes;
}
