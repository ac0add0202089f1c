import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  isOperationName,
  operationNames,
  operationOf,
  ownOperationNames,
  ownTargetPrefix,
  shapeOf,
  targetPrefix,
} from './model.ts';

test('the target prefix is the one that clients send', () => {
  expect(targetPrefix).toBe('CodePipeline_20150709');
});

test('there are 44 operations', () => {
  expect(operationNames).toHaveLength(44);
  expect(new Set(operationNames).size).toBe(44);
  expect(operationNames).toContain('PollForJobs');
});

test.each(['PollForJobs', 'ListDeployActionExecutionTargets'])('%s is an operation', (name) => {
  expect(isOperationName(name)).toBe(true);
});

test.each(['pollForJobs', 'PollForJobs ', '', 'constructor', '__proto__', 'toString'])(
  '%j is not an operation',
  (name) => {
    expect(isOperationName(name)).toBe(false);
  },
);

test('an operation names its shapes and errors', () => {
  expect(operationOf('PollForJobs')).toMatchObject({
    input: 'PollForJobsInput',
    output: 'PollForJobsOutput',
    errors: ['ActionTypeNotFoundException', 'ValidationException'],
  });
  expect(operationOf('DeletePipeline').output).toBeNull();
});

test('asking for an unknown shape is a bug', () => {
  expect(shapeOf('PipelineName')).toMatchObject({ type: 'string', max: 100 });
  expect(() => shapeOf('constructor')).toThrow("no shape 'constructor'");
});

test('no operation and no shape is in both models', () => {
  const read = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Models;
  const [aws, own] = [read('./codepipeline-2015-07-09.json'), read('./millrace.json')];
  const namesOf = ({ operations, shapes }: Models) => [...Object.keys(operations), ...Object.keys(shapes)];
  const awsNames = new Set(namesOf(aws));
  expect(ownTargetPrefix).toBe('Millrace');
  expect(ownOperationNames).toContain('ListJobs');
  expect(namesOf(own).filter((name) => awsNames.has(name))).toEqual([]);
});

interface Models {
  operations: object;
  shapes: object;
}
