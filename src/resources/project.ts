import type { Member, Resource } from '../model/resource.ts';
import { findProjectMistakes } from '../projects/find-mistakes.ts';
import { findShapeMistakes } from '../projects/find-shape-mistakes.ts';
import {
  cageNames,
  defaultEnvironment,
  isJsonMember,
  readDocument,
  sourceWithType,
  withDefaults,
} from '../projects/project.ts';
import type { KindDescription } from './resource-kind.ts';

const json = (documentation: string): Member => ({ type: 'json', documentation, mistakeIn: jsonMistake });

function jsonMistake(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? undefined : 'expected members or a list';
  } catch {
    return 'expected members or a list';
  }
}

/** No project of a file names an account. */
const anyAccount = '000000000000';

/** A project of CodeBuild. */
export const project: KindDescription = {
  kind: 'Project',
  section: 'projects',
  documentation: 'A build project of CodeBuild, with the members of `CreateProject`.',
  nameMistake: (name) =>
    /^[A-Za-z0-9][\w-]{1,149}$/.test(name)
      ? undefined
      : 'a project is named by 2 to 150 letters, digits, hyphens and underscores, and begins with a letter or digit',
  members: {
    description: { type: 'text', documentation: 'What it is for.' },
    source: json('Where builds that no pipeline starts get their source, and the `buildspec`; default: a pipeline.'),
    sourceVersion: { type: 'text', documentation: 'The branch, tag, commit or version of the source.' },
    secondarySources: json('More sources, each with a `sourceIdentifier`.'),
    secondarySourceVersions: json('The versions of those.'),
    artifacts: json('Where builds that no pipeline starts store their artifact; default: none, or the pipeline.'),
    secondaryArtifacts: json('More artifacts, each with an `artifactIdentifier`.'),
    environment: json(
      '`image`, `environmentVariables`, `privilegedMode`, `computeType` and `type`; each may be missing.',
    ),
    cache: json('Where the `cache` of the buildspec is kept: `LOCAL` or `S3`.'),
    serviceRole: {
      type: 'text',
      documentation: 'The role that builds act as, by name or ARN; default: `codebuild-<name>-service-role`.',
    },
    timeoutInMinutes: { type: 'number', documentation: 'How long a build may take: 5 to 2160; default: 60.' },
    queuedTimeoutInMinutes: { type: 'number', documentation: 'How long a build may wait: 5 to 480; default: 480.' },
    concurrentBuildLimit: { type: 'number', documentation: 'How many builds may be open at a time.' },
    cage: {
      type: 'text',
      documentation: `What confines its builds: ${cageNames.map((name) => `\`${name}\``).join(', ')}; default: what the runner does.`,
      mistakeIn: (text) =>
        (cageNames as readonly string[]).includes(text) ? undefined : `expected one of ${cageNames.join(', ')}`,
    },
    network: {
      type: 'text',
      documentation: '`none` for builds without a network.',
      mistakeIn: (text) => (text === 'none' ? undefined : 'expected none, or no such member'),
    },
    logsConfig: json('The names of the log group and stream.'),
    buildBatchConfig: json('What limits batch builds.'),
    encryptionKey: { type: 'text', documentation: 'Saved and returned; artifacts are encrypted by the store.' },
    autoRetryLimit: { type: 'number', documentation: 'Only 0.' },
    badgeEnabled: { type: 'flag', documentation: 'Only `false`.' },
    fileSystemLocations: json('Only an empty list.'),
    vpcConfig: json('Saved and returned: builds have the network of their runner.'),
    tags: json('A list of `key` and `value`.'),
  },
  mistakesOf(document) {
    const isUnreadable = Object.entries(document).some(
      ([member, value]) => isJsonMember(member) && (typeof value !== 'string' || jsonMistake(value) !== undefined),
    );
    // That is a mistake of its own.
    if (isUnreadable) return [];
    const declared = readDocument(document as Resource['document']);
    const { environment, source } = declared;
    const misshapen = findShapeMistakes({
      ...declared,
      ...(environment ? { environment: { ...defaultEnvironment, ...environment } } : {}),
      ...(source === undefined ? {} : { source: sourceWithType(source) }),
    });
    const found = misshapen.length > 0 ? misshapen : findProjectMistakes(withDefaults('project', declared, anyAccount));
    return found.map(({ member, message }) => ({ member, mistake: message }));
  },
};
