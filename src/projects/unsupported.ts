import type { ProjectMistake } from './mistake.ts';
import type { BuildProject } from './project.ts';

/** Says which members ask for what no build can have here. */
export function findUnsupported(project: BuildProject): ProjectMistake[] {
  const { autoRetryLimit = 0, badgeEnabled, environment, fileSystemLocations = [], logsConfig, source } = project;
  const wanted: [member: keyof BuildProject, isWanted: boolean, message: string][] = [
    [
      'badgeEnabled',
      badgeEnabled === true,
      source.type === 'CODEPIPELINE'
        ? 'Build badges are not supported for CodePipeline source'
        : 'Build badges are not supported',
    ],
    ['autoRetryLimit', autoRetryLimit > 0, 'Automatic retries of builds are not supported: autoRetryLimit must be 0'],
    [
      'fileSystemLocations',
      fileSystemLocations.length > 0,
      'File systems are not supported: fileSystemLocations must be empty',
    ],
    [
      'environment',
      /WINDOWS|MAC|GPU/.test(environment.type),
      `The environment type ${environment.type} is not supported: builds run on Linux, without graphics processors`,
    ],
    ['environment', environment.certificate !== undefined, 'Certificates of environments are not supported'],
    [
      'environment',
      environment.registryCredential !== undefined,
      'Registry credentials are not supported: log in to the registry where the runner runs',
    ],
    ['environment', environment.dockerServer !== undefined, 'Docker servers are not supported'],
    [
      'logsConfig',
      logsConfig?.s3Logs?.status === 'ENABLED',
      'Logs in S3 are not supported: the log of a build is stored by the server',
    ],
  ];
  return wanted.flatMap(([member, isWanted, message]) => (isWanted ? [{ member, message }] : []));
}
