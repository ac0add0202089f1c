import { endpointRow, logFormatRow, unpackingRows } from './client.ts';
import { anyText, numberBetween, oneOf, type Parsed } from './parsers.ts';
import { inGroup, type Values } from './setting.ts';

/** The options of `millrace worker`. */
export const workerSettings = inGroup('Options:', {
  category: {
    option: '--category',
    placeholder: 'category',
    required: 'name the category of the action type',
    parse: oneOf(['Source', 'Build', 'Test', 'Deploy', 'Invoke', 'Compute']),
    description: 'Category of the action type, such as Build.',
  },
  provider: {
    option: '--provider',
    placeholder: 'name',
    required: 'name the provider of the action type',
    parse: anyText,
    description: 'Provider of the action type.',
  },
  version: {
    option: '--version',
    placeholder: 'text',
    required: 'name the version of the action type',
    parse: anyText,
    description: 'Version of the action type.',
  },
  concurrency: {
    option: '--concurrency',
    placeholder: 'jobs',
    default: '1',
    parse: numberBetween(1, 1000, 'jobs'),
    description: 'Most jobs at a time.',
  },
  ...endpointRow,
  region: {
    option: '--region',
    env: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    placeholder: 'name',
    default: 'us-east-1',
    parse: anyText,
    description: 'Region of the action type.',
  },
  query: {
    option: '--query',
    placeholder: 'KEY=VALUE',
    isRepeatable: true,
    parse: parseQuery,
    description: 'Take only jobs whose queryable property has this value.',
  },
  output: {
    option: '--output',
    placeholder: 'NAME=PATH',
    isRepeatable: true,
    parse: parseOutput,
    description: 'Store this folder, file or glob as output artifact NAME; repeatable, also for the same NAME.',
  },
  mask: {
    option: '--mask',
    placeholder: 'property',
    isRepeatable: true,
    parse: anyText,
    description:
      'Mask the value of this configuration property in output, failure message, summary and external id; repeatable.',
  },
  pollInterval: {
    option: '--poll-interval',
    placeholder: 'seconds',
    parse: numberBetween(0.05, 3600, 'seconds', 3),
    description:
      'Pause after a poll that found nothing, 5 unless set; Millrace holds such polls up to 20 s, AWS does not.',
  },
  once: {
    option: '--once',
    parse: (): Parsed<boolean> => ({ value: true }),
    description: 'Exit after one job, with code 4 if it failed.',
  },
  idleExit: {
    option: '--idle-exit',
    placeholder: 'seconds',
    parse: numberBetween(0, 86_400, 'seconds', 3),
    description: 'Exit when no job has run for this long.',
  },
  stopGrace: {
    option: '--stop-grace',
    placeholder: 'seconds',
    default: '30',
    parse: numberBetween(0, 86_400, 'seconds', 3),
    description: 'How long a stopping worker lets its jobs finish.',
  },
  workFolder: {
    option: '--work-folder',
    placeholder: 'folder',
    parse: anyText,
    description: "Where job folders are created; the system's temporary folder unless set.",
  },
  ...unpackingRows('an input artifact'),
  ...logFormatRow,
});

/** The options of a worker as the table reads them. */
export type WorkerConfig = Values<typeof workerSettings>;

function parseQuery(text: string): Parsed<{ key: string; value: string }> {
  const [, key, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  return key && value ? { value: { key, value } } : { expected: 'KEY=VALUE' };
}

function parseOutput(text: string): Parsed<{ name: string; pattern: string }> {
  const [, name, pattern = ''] = /^([A-Za-z0-9_-]{1,100})=(.+)$/s.exec(text) ?? [];
  if (name === undefined) return { expected: 'NAME=FOLDER, NAME=FILE or NAME=GLOB' };
  if (pattern.startsWith('/') || pattern.split('/').includes('..')) {
    return { expected: 'a path below the folder in which the command runs' };
  }
  return { value: { name, pattern: pattern.replace(/^(\.\/)+/, '').replace(/\/+$/, '') || '.' } };
}
