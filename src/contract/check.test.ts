import { describe, expect, test } from 'vitest';
import { checkInput } from './check.ts';
import { ServiceError } from './errors.ts';
import type { OperationName } from './model.ts';

const actionTypeId = { category: 'Build', owner: 'Custom', provider: 'Jenkins', version: '1' };
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

function refusalOf(name: OperationName, input: unknown): ServiceError {
  try {
    checkInput(name, input);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('The input was accepted');
}

describe('several violations', () => {
  test('are counted and joined', () => {
    expect(refusalOf('AcknowledgeJob', {}).message).toBe(
      "2 validation errors detected: Value at 'jobId' failed to satisfy constraint: Member must not be null; " +
        "Value at 'nonce' failed to satisfy constraint: Member must not be null",
    );
  });

  test('can be of one text', () => {
    const { message } = refusalOf('GetPipeline', { name: '' });
    expect(message).toMatch(/^2 validation errors detected: /);
    expect(message).toContain("Value at 'name' failed to satisfy constraint: Member must have length greater than");
    expect(message).toContain('Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+');
  });

  test('are limited to ten in a report', () => {
    const { message } = refusalOf('TagResource', { tags: Array.from({ length: 1000 }, () => ({})) });
    expect(message).toMatch(/^10 validation errors detected: /);
    expect(message.split('; ')).toHaveLength(10);
  });

  test('do not include values', () => {
    const secret = 's3cr3t!';
    const input = {
      pipelineName: secret,
      nextToken: '',
      filter: { latestInPipelineExecution: { startTimeRange: secret } },
    };
    expect(refusalOf('ListActionExecutions', input).message).not.toContain(secret);
    const stores = { ...pipelineWith({}).pipeline, artifactStores: { [secret.repeat(9)]: {} } };
    expect(refusalOf('CreatePipeline', { pipeline: stores }).message).not.toContain(secret);
  });
});

describe('departures from the model', () => {
  test('a configuration value over 1000 is refused after the other constraints, with a text of its own', () => {
    expect(refusalOf('CreatePipeline', pipelineWith({ configuration: { A: 'x'.repeat(1001) } }))).toMatchObject({
      code: 'ValidationException',
      message: `ActionConfiguration ${mapValue(1000)}`,
    });
    const both = pipelineWith({ configuration: { A: 'x'.repeat(1001) }, runOrder: 0 });
    expect(refusalOf('UpdatePipeline', both).message).toMatch(/^1 validation error detected: .*runOrder/);
  });

  test('a configuration value of 1000 is accepted', () => {
    const input = pipelineWith({ configuration: { A: 'x'.repeat(1000) } });
    expect(checkInput('CreatePipeline', input)).toEqual(input);
  });

  test('an execution starts with an empty list of variables', () => {
    expect(checkInput('StartPipelineExecution', { name: 'p', variables: [] })).toEqual({ name: 'p', variables: [] });
  });
});

test('a pattern does not match line breaks', () => {
  const input = (value: string) => ({ name: 'p', variables: [{ name: 'v', value }] });
  expect(() => checkInput('StartPipelineExecution', input('any: "thing" 🎉 ü'))).not.toThrow();
  expect(refusalOf('StartPipelineExecution', input('a\nb')).message).toContain('pattern: .*');
  expect(refusalOf('GetPipeline', { name: 'demo\n' }).message).toContain('regular expression');
});

test('a hostile resource ARN takes no time', () => {
  const resourceArn = `arn:aws:codepipeline:${':123456789012:'.repeat(70_000)}\n`;
  const startedAt = performance.now();
  expect(refusalOf('ListTagsForResource', { resourceArn }).message).toContain("Value at 'resourceArn'");
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
