import { expect, test } from 'vitest';
import { checkInput } from './check.ts';
import type { OperationName } from './model.ts';

const jobId = '11111111-abcd-4111-abcd-111111111111';
const actionTypeId = { category: 'Build', owner: 'Custom', provider: 'Jenkins', version: '1' };
const atLeastOne = 'Member must have length greater than or equal to 1';
const noNull = 'Member must not contain the character U+0000';
const mapValue = (max: number) =>
  `Map value must satisfy constraint: [Member must have length less than or equal to ${max}, ` +
  'Member must have length greater than or equal to 1]';

/** Builds a pipeline of two stages; `overrides` apply to the only action of the second one. */
function pipelineWith(overrides: Record<string, unknown>) {
  const action = { name: 'Do', actionTypeId };
  return {
    pipeline: {
      name: 'demo',
      roleArn: 'arn:aws:iam::123456789012:role/pipeline',
      stages: [
        { name: 'Source', actions: [action] },
        { name: 'Build', actions: [{ ...action, ...overrides }] },
      ],
    },
  };
}

const details = (percentComplete: number) => ({ jobId, executionDetails: { percentComplete } });
test.each<[string, OperationName, unknown, string, string]>([
  ['required', 'PollForJobs', {}, 'actionTypeId', 'Member must not be null'],
  ['required and null', 'PollForJobs', { actionTypeId: null }, 'actionTypeId', 'Member must not be null'],
  [
    'required within a filter, as observed',
    'ListActionExecutions',
    { pipelineName: 'p', filter: { latestInPipelineExecution: { pipelineExecutionId: jobId } } },
    'filter.latestInPipelineExecution.startTimeRange',
    'Member must not be null',
  ],
  [
    'value set, as observed',
    'ListActionExecutions',
    {
      pipelineName: 'p',
      filter: { latestInPipelineExecution: { pipelineExecutionId: jobId, startTimeRange: 'latest' } },
    },
    'filter.latestInPipelineExecution.startTimeRange',
    'Member must satisfy enum value set: [All, Latest]',
  ],
  [
    'pattern, as the model writes it',
    'PutJobSuccessResult',
    { jobId: `x${jobId}` },
    'jobId',
    'Member must satisfy regular expression pattern: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  ],
  [
    'pattern of alternatives matches the whole value',
    'GetActionType',
    { category: 'Build', owner: 'AWSome', provider: 'p', version: '1' },
    'owner',
    'Member must satisfy regular expression pattern: AWS|ThirdParty',
  ],
  [
    'longest text',
    'StartPipelineExecution',
    { name: 'p', clientRequestToken: 'a'.repeat(129) },
    'clientRequestToken',
    'Member must have length less than or equal to 128',
  ],
  ['shortest text', 'PutJobSuccessResult', { jobId, continuationToken: '' }, 'continuationToken', atLeastOne],
  [
    'largest integer',
    'PutJobSuccessResult',
    details(101),
    'executionDetails.percentComplete',
    'Member must have value less than or equal to 100',
  ],
  [
    'smallest integer',
    'PutJobSuccessResult',
    details(-1),
    'executionDetails.percentComplete',
    'Member must have value greater than or equal to 0',
  ],
  [
    'batch size of zero',
    'PollForJobs',
    { actionTypeId, maxBatchSize: 0 },
    'maxBatchSize',
    'Member must have value greater than or equal to 1',
  ],
  [
    'integer beyond 32 bits',
    'ListPipelines',
    { maxResults: 2 ** 40 },
    'maxResults',
    'Member must have value less than or equal to 1000',
  ],
  [
    'infinite integer',
    'ListPipelines',
    JSON.parse('{"maxResults":-1e999}'),
    'maxResults',
    'Member must have value greater than or equal to 1',
  ],
  [
    'path of a member with a capital letter',
    'ListWebhooks',
    { MaxResults: 0 },
    'maxResults',
    'Member must have value greater than or equal to 1',
  ],
  [
    'map size',
    'PollForJobs',
    { actionTypeId, queryParam: { a: 'b', c: 'd' } },
    'queryParam',
    'Member must have length less than or equal to 1',
  ],
  [
    'map value with a pattern',
    'PollForJobs',
    { actionTypeId, queryParam: { ProjectName: 'a b' } },
    'queryParam',
    'Map value must satisfy constraint: [Member must have length less than or equal to 50, ' +
      'Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+]',
  ],
  [
    'map key with only a pattern',
    'PutJobSuccessResult',
    { jobId, outputVariables: { 'a b': '', c: '' } },
    'outputVariables',
    'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [A-Za-z0-9@\\-_]+]',
  ],
  [
    'map value deep in lists, as observed',
    'CreatePipeline',
    pipelineWith({ configuration: { A: '', B: 'x' } }),
    'pipeline.stages.2.member.actions.1.member.configuration',
    mapValue(50_000),
  ],
  [
    'map value above the framework limit',
    'CreatePipeline',
    pipelineWith({ configuration: { A: 'x'.repeat(50_001) } }),
    'pipeline.stages.2.member.actions.1.member.configuration',
    mapValue(50_000),
  ],
  [
    'list size',
    'CreatePipeline',
    pipelineWith({ outputVariables: [] }),
    'pipeline.stages.2.member.actions.1.member.outputVariables',
    atLeastOne,
  ],
  [
    'element of a list of scalars',
    'CreatePipeline',
    pipelineWith({ commands: ['make', ''] }),
    'pipeline.stages.2.member.actions.1.member.commands',
    'Member must satisfy constraint: [Member must have length less than or equal to 1000, ' +
      'Member must have length greater than or equal to 1]',
  ],
  [
    'value of a list of structures',
    'StartPipelineExecution',
    { name: 'p', variables: [{ name: 'v', value: '' }] },
    'variables.1.member.value',
    atLeastOne,
  ],
  [
    'structure in a map',
    'CreatePipeline',
    { pipeline: { ...pipelineWith({}).pipeline, artifactStores: { 'eu-west-1': { type: 'S3' } } } },
    'pipeline.artifactStores.eu-west-1.member.location',
    'Member must not be null',
  ],
  ['U+0000 in a text', 'PutJobSuccessResult', { jobId, continuationToken: 'a\0' }, 'continuationToken', noNull],
  ['U+0000 in a map value', 'PutJobSuccessResult', { jobId, outputVariables: { a: '\0' } }, 'outputVariables', noNull],
  [
    'U+0000 in a map key',
    'CreatePipeline',
    pipelineWith({ configuration: { 'a\0': 'x' } }),
    'pipeline.stages.2.member.actions.1.member.configuration',
    noNull,
  ],
  [
    'U+0000 in a list',
    'UntagResource',
    { resourceArn: 'arn:aws:codepipeline:r:123456789012:p', tagKeys: ['\0'] },
    'tagKeys',
    noNull,
  ],
])('%s', (_case, name, input, path, phrase) => {
  const message = `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${phrase}`;
  expect(() => checkInput(name, input)).toThrow(expect.objectContaining({ code: 'ValidationException', message }));
});
