import type { Job } from '../../contract/generated.ts';
import type { BuildVariable } from '../../model/build.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';

/** What the configuration of a CodeBuild action or rule says (behaviour D.2). */
export interface CodeBuildSettings {
  projectName: string;
  primarySource?: string;
  buildspec?: string;
  isBatch: boolean;
  variables: BuildVariable[];
}

/** Reads the configuration. Throws ConfigurationError. */
export function readSettings(job: Job): CodeBuildSettings {
  const { PrimarySource, BuildspecOverride } = configurationOf(job);
  const inputs = job.data?.inputArtifacts ?? [];
  if (inputs.length > 1 && !PrimarySource) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw mistake('PrimarySource', `is required with several input artifacts: name one of ${names}.`);
  }
  return {
    projectName: requiredValue(job, 'ProjectName'),
    ...(PrimarySource && { primarySource: PrimarySource }),
    ...(BuildspecOverride && { buildspec: BuildspecOverride }),
    isBatch: truthOf(job, 'BatchEnabled'),
    variables: variablesOf(configurationOf(job).EnvironmentVariables),
  };
}

function truthOf(job: Job, name: string): boolean {
  const value = configurationOf(job)[name] ?? 'false';
  const read = { true: true, false: false }[value.toLowerCase()];
  if (read === undefined) throw mistake(name, `is '${value}': write true or false.`);
  return read;
}

const types = ['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER'] as const;

const example = 'write such as [{"name":"STAGE","value":"prod","type":"PLAINTEXT"}]';

function variablesOf(text: string | undefined): BuildVariable[] {
  if (text === undefined || text === '') return [];
  const list = parsed(text);
  if (!Array.isArray(list)) throw mistake('EnvironmentVariables', `is no list: ${example}.`);
  return list.map((entry: unknown, index) => {
    const { name, value, type = 'PLAINTEXT' } = Object(entry) as Record<string, unknown>;
    const place = typeof name === 'string' && name !== '' ? `the variable ${name}` : `entry ${index + 1}`;
    if (typeof name !== 'string' || name === '') throw mistake('EnvironmentVariables', `has no name in ${place}.`);
    if (typeof value !== 'string') throw mistake('EnvironmentVariables', `has no text as the value of ${place}.`);
    const known = types.find((one) => one === type);
    if (!known) {
      throw mistake(
        'EnvironmentVariables',
        `has the type ${String(type)} for ${place}: write one of ${types.join(', ')}.`,
      );
    }
    return { name, value, type: known };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message of the parser quotes the text, which may have a value that was meant to be secret.
    throw new JobFailure('ConfigurationError', `EnvironmentVariables is no valid JSON: ${example}.`, error);
  }
}

function mistake(property: string, what: string): JobFailure {
  return new JobFailure('ConfigurationError', `${property} ${what}`);
}
