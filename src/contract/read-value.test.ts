import { describe, expect, test } from 'vitest';
import { checkInput } from './check.ts';
import { ServiceError } from './errors.ts';
import type { OperationName } from './model.ts';

const jobId = '11111111-abcd-4111-abcd-111111111111';
const actionTypeId = { category: 'Build', owner: 'Custom', provider: 'Jenkins', version: '1' };

/** Returns a new pipeline declaration. */
function pipelineDeclaration() {
  const actions = [{ name: 'Do', actionTypeId, configuration: { A: 'x' } }];
  return { name: 'demo', roleArn: 'arn:aws:iam::123456789012:role/pipeline', stages: [{ name: 'Build', actions }] };
}

function refusalOf(name: OperationName, input: unknown): ServiceError {
  try {
    checkInput(name, input);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('The input was accepted');
}

describe('wrong JSON types', () => {
  const revision = (created: unknown) => ({
    jobId,
    currentRevision: { revision: 'r', changeIdentifier: 'c', created },
  });
  test.each<[OperationName, unknown, string]>([
    ['PollForJobs', { actionTypeId, maxBatchSize: '1' }, 'STRING_VALUE can not be converted to an Integer'],
    ['PollForJobs', { actionTypeId, maxBatchSize: true }, 'TRUE_VALUE can not be converted to an Integer'],
    ['PollForJobs', { actionTypeId, maxBatchSize: [] }, 'Start of list found where not expected'],
    ['PollForJobs', { actionTypeId, maxBatchSize: {} }, 'Start of structure or map found where not expected.'],
    ['PollForJobs', { actionTypeId: 'x' }, 'Expected null'],
    ['PollForJobs', { actionTypeId: [] }, 'Start of list found where not expected'],
    ['PollForJobs', { actionTypeId, queryParam: 1 }, 'Expected map or null'],
    ['PollForJobs', { actionTypeId, queryParam: [] }, 'Start of list found where not expected'],
    ['PollForJobs', { actionTypeId, queryParam: { a: 1 } }, 'NUMBER_VALUE can not be converted to a String'],
    ['GetPipeline', { name: 5 }, 'NUMBER_VALUE can not be converted to a String'],
    ['GetPipeline', { name: false }, 'FALSE_VALUE can not be converted to a String'],
    ['TagResource', { tags: 'x' }, 'Expected list or null'],
    ['TagResource', { tags: {} }, 'Start of structure or map found where not expected.'],
    ['TagResource', { tags: ['x'] }, 'Expected null'],
    ['StopPipelineExecution', { abandon: 'true' }, 'STRING_VALUE can not be converted to a Boolean'],
    ['StopPipelineExecution', { abandon: 0 }, 'NUMBER_VALUE can not be converted to a Boolean'],
    ['PutJobSuccessResult', revision('2026-01-01'), 'STRING_VALUE can not be converted to milliseconds since epoch'],
    ['PutJobSuccessResult', revision(true), 'TRUE_VALUE can not be converted to milliseconds since epoch'],
    ['PutJobSuccessResult', revision(1e300), 'NUMBER_VALUE can not be converted to milliseconds since epoch'],
    ['PutJobSuccessResult', [], 'Start of list found where not expected'],
  ])('%s %j', (name, input, message) => {
    expect(refusalOf(name, input)).toMatchObject({ code: 'SerializationException', httpStatus: 400, message });
  });

  test('types come before constraints', () => {
    expect(refusalOf('GetPipeline', { name: '', version: 'x' }).code).toBe('SerializationException');
  });
});

describe('the returned copy', () => {
  test('has only known members and no nulls', () => {
    const input = {
      actionTypeId: { ...actionTypeId, extra: [1] },
      maxBatchSize: null,
      queryParam: { a: null },
      Extra: 1,
    };
    expect(checkInput('PollForJobs', input)).toEqual({ actionTypeId, queryParam: {} });
    const sent = { pipeline: { ...pipelineDeclaration(), triggers: [null] } };
    expect(checkInput('CreatePipeline', sent).pipeline.triggers).toEqual([]);
  });

  test('shares nothing with the input', () => {
    const input = { pipeline: pipelineDeclaration() };
    const copy = checkInput('CreatePipeline', input);
    expect(copy).toEqual(input);
    Object.assign(copy.pipeline.stages[0]?.actions[0]?.configuration ?? {}, { A: 'changed' });
    copy.pipeline.stages.pop();
    expect(input).toEqual({ pipeline: pipelineDeclaration() });
  });

  test('has integers', () => {
    expect(checkInput('ListPipelines', { maxResults: 1.9 })).toEqual({ maxResults: 1 });
    const details = checkInput('PutJobSuccessResult', { jobId, executionDetails: { percentComplete: -0.5 } });
    expect(details.executionDetails).toEqual({ percentComplete: 0 });
  });

  test('has timestamps to the millisecond', () => {
    const currentRevision = { revision: 'r', changeIdentifier: 'c', created: 1790862132.4567 };
    const { currentRevision: copy } = checkInput('PutJobSuccessResult', { jobId, currentRevision });
    expect(copy?.created).toBe(1790862132.457);
  });

  test('has no lone surrogates', () => {
    const failureDetails = { type: 'JobFailed', message: 'cut \ud83d' };
    const copy = checkInput('PutJobFailureResult', { jobId, failureDetails });
    expect(copy.failureDetails.message).toBe('cut \ufffd');
    const whole = { jobId, failureDetails: { type: 'JobFailed', message: 'whole 🎉' } };
    expect(checkInput('PutJobFailureResult', whole)).toEqual(whole);
  });

  test('counts lengths in UTF-16 units, as Java does', () => {
    const input = (length: number) => ({
      jobId,
      failureDetails: { type: 'JobFailed', message: '🎉'.repeat(length / 2) },
    });
    expect(() => checkInput('PutJobFailureResult', input(5000))).not.toThrow();
    expect(refusalOf('PutJobFailureResult', input(5002)).message).toContain('less than or equal to 5000');
  });

  test('keeps hostile map keys as ordinary keys', () => {
    const input = JSON.parse(`{"jobId":"${jobId}","outputVariables":{"__proto__":"p","constructor":"c"}}`) as unknown;
    const { outputVariables } = checkInput('PutJobSuccessResult', input);
    expect(Object.entries(outputVariables ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(JSON.stringify(outputVariables)).toBe('{"__proto__":"p","constructor":"c"}');
    expect(outputVariables?.toString).toBeUndefined();
  });

  test('ignores hostile members', () => {
    const input = JSON.parse('{"__proto__":{"name":"p"},"constructor":{"prototype":{"name":"p"}}}') as unknown;
    expect(refusalOf('GetPipeline', input).message).toContain("Value at 'name'");
    expect(({} as Record<string, unknown>).name).toBeUndefined();
  });
});
