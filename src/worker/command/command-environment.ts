import type { Job } from '../../contract/generated.ts';
import type { WorkFolder } from '../transfer/work-folder.ts';

/** Variables through which an AWS SDK finds credentials: a command must not get the worker's own keys. */
const credentialVariables = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
]);

/**
 * Returns the environment of a job's command: the worker's without AWS credentials and `MILLRACE_*` variables, plus the
 * job's data as `MILLRACE_*`. If two names become the same variable, the first one counts.
 */
export function commandEnvironment(parent: NodeJS.ProcessEnv, job: Job, work: WorkFolder): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(parent)) {
    const known = name.toUpperCase();
    if (!credentialVariables.has(known) && !known.startsWith('MILLRACE_')) environment[name] = value;
  }
  for (const [name, value] of Object.entries(jobVariables(job, work))) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

function jobVariables(job: Job, work: WorkFolder): Record<string, string | undefined> {
  const { actionConfiguration, continuationToken, inputArtifacts = [], pipelineContext } = job.data ?? {};
  const { inputs, files, outputs } = work;
  return {
    MILLRACE_JOB_ID: job.id,
    MILLRACE_ACCOUNT_ID: job.accountId,
    MILLRACE_PIPELINE_NAME: pipelineContext?.pipelineName,
    MILLRACE_PIPELINE_ARN: pipelineContext?.pipelineArn,
    MILLRACE_PIPELINE_EXECUTION_ID: pipelineContext?.pipelineExecutionId,
    MILLRACE_STAGE_NAME: pipelineContext?.stage?.name,
    MILLRACE_ACTION_NAME: pipelineContext?.action?.name,
    MILLRACE_ACTION_EXECUTION_ID: pipelineContext?.action?.actionExecutionId,
    MILLRACE_CONTINUATION_TOKEN: continuationToken,
    MILLRACE_WORK: work.folder,
    ...Object.fromEntries(Object.values(files).map(({ path, variable }) => [variable, path])),
    ...named('MILLRACE_CONFIG_', Object.entries(actionConfiguration?.configuration ?? {})),
    ...named(
      'MILLRACE_INPUT_',
      inputs.map(({ folder, name }) => [name, folder]),
    ),
    ...named(
      'MILLRACE_REVISION_',
      inputArtifacts.flatMap(({ name = '', revision }) => (revision === undefined ? [] : [[name, revision]])),
    ),
    ...named(
      'MILLRACE_OUTPUT_',
      // An artifact called `variables` must not hide the file of the output variables.
      outputs.filter(({ name }) => variableName(name) !== 'VARIABLES').map(({ folder, name }) => [name, folder]),
    ),
  };
}

function named(prefix: string, entries: [string, string][]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of entries) variables[`${prefix}${variableName(name)}`] ??= value;
  return variables;
}

/** Returns a name as the end of a variable name: upper case, `_` for everything but letters and digits. */
function variableName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
