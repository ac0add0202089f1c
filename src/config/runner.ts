import { endpointRow, logFormatRow, unpackingRows } from './client.ts';
import { anyText, numberBetween, oneOf, orWord, type Parsed } from './parsers.ts';
import { inGroup, type Values } from './setting.ts';

const cageNames = ['container', 'bubblewrap', 'namespaces', 'process'] as const;

/** The options of `millrace runner`; the runner that `millrace start` brings along takes them from the environment. */
export const runnerSettings = inGroup('Options:', {
  ...endpointRow,
  region: {
    option: '--region',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    placeholder: 'name',
    default: 'us-east-1',
    parse: anyText,
    description: 'Region that calls are signed for; builds of all Regions are claimed.',
  },
  name: {
    option: '--name',
    env: 'MILLRACE_RUNNER_NAME',
    placeholder: 'text',
    parse: anyText,
    description: 'Name of the runner in builds and logs; the host name and the process unless set.',
  },
  concurrency: {
    option: '--concurrency',
    env: 'MILLRACE_RUNNER_CONCURRENCY',
    placeholder: 'builds',
    default: '2',
    parse: numberBetween(1, 100, 'builds'),
    description: 'Most builds at a time.',
  },
  cage: {
    option: '--cage',
    env: 'MILLRACE_RUNNER_CAGE',
    placeholder: 'name',
    parse: oneOf(cageNames),
    description:
      'Cage of builds whose project names none: container, bubblewrap, namespaces or process; unless set, a container if the project has an image that is not one of CodeBuild, else Bubblewrap.',
  },
  onlyCage: {
    option: '--only-cage',
    placeholder: 'name',
    isRepeatable: true,
    parse: oneOf(cageNames),
    description: 'Take only builds that need this cage, or none in particular; repeatable.',
  },
  allowProcessBuilds: {
    option: '--allow-process-builds',
    env: 'MILLRACE_ALLOW_PROCESS_BUILDS',
    placeholder: 'on|off',
    default: 'off',
    parse: oneOf(['off', 'on']),
    description: 'on lets builds run as plain processes, which can read and do all that the user of the runner can.',
  },
  image: {
    option: '--image',
    env: 'MILLRACE_RUNNER_IMAGE',
    placeholder: 'PATTERN=IMAGE',
    isRepeatable: true,
    parse: parseImage,
    description:
      'Image to use in the place of those that match the pattern, such as aws/codebuild/*=registry.local/build:1; repeatable.',
  },
  containerNetwork: {
    option: '--container-network',
    env: 'MILLRACE_RUNNER_CONTAINER_NETWORK',
    placeholder: 'name',
    parse: anyText,
    description:
      'Network of containers; host lets builds reach a server, and the credentials of their role, on the loopback interface.',
  },
  buildMemoryMib: {
    option: '--build-memory-mib',
    env: 'MILLRACE_RUNNER_BUILD_MEMORY_MIB',
    placeholder: 'MiB|off',
    parse: orWord('off', numberBetween(16, 100_000_000, 'MiB')),
    description: 'Most memory of a build; that of its compute type unless set.',
  },
  buildProcessors: {
    option: '--build-processors',
    env: 'MILLRACE_RUNNER_BUILD_PROCESSORS',
    placeholder: 'number|off',
    parse: orWord('off', numberBetween(0.1, 10_000, 'processors', 3)),
    description: 'Most processors of a build; those of its compute type unless set.',
  },
  buildProcesses: {
    option: '--build-processes',
    env: 'MILLRACE_RUNNER_BUILD_PROCESSES',
    placeholder: 'number|off',
    default: '4096',
    parse: orWord('off', numberBetween(16, 4_000_000, 'processes')),
    description: 'Most processes and threads of a build.',
  },
  buildDiskGib: {
    option: '--build-disk-gib',
    env: 'MILLRACE_RUNNER_BUILD_DISK_GIB',
    placeholder: 'GiB|off',
    parse: orWord('off', numberBetween(0.001, 1_000_000, 'GiB', 3)),
    description: 'Most GiB of files of a build; those of its compute type unless set.',
  },
  workFolder: {
    option: '--work-folder',
    env: 'MILLRACE_RUNNER_WORK_FOLDER',
    placeholder: 'folder',
    parse: anyText,
    description: "Where builds and their caches are kept; below the system's temporary folder unless set.",
  },
  stopGrace: {
    option: '--stop-grace',
    env: 'MILLRACE_RUNNER_STOP_GRACE',
    placeholder: 'seconds',
    default: '30',
    parse: numberBetween(0, 86_400, 'seconds', 3),
    description: 'How long a stopping runner lets its builds finish.',
  },
  ...unpackingRows('a source'),
  ...logFormatRow,
});

/** The options of a runner as the table reads them. */
export type RunnerConfig = Values<typeof runnerSettings>;

function parseImage(text: string): Parsed<{ pattern: string; image: string }> {
  const at = text.indexOf('=');
  const pattern = text.slice(0, at);
  const image = text.slice(at + 1);
  return at > 0 && image !== '' ? { value: { pattern, image } } : { expected: 'PATTERN=IMAGE' };
}
