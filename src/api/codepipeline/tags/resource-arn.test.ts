import { expect, test } from 'vitest';
import { readResourceArn } from './resource-arn.ts';

const call = { account: '123456789012', region: 'us-east-1' };
const read = (rest: string) => readResourceArn(`arn:aws:codepipeline:${rest}`, call);

test('parses each kind of resource in either spelling, with or without the account (clients 18)', () => {
  const id = { owner: 'Custom', category: 'Build', provider: 'Mill', version: '1' };
  expect(read('us-east-1:123456789012:My.Pipe@1')).toEqual({ kind: 'pipeline', name: 'My.Pipe@1' });
  expect(read('us-east-1:123456789012:webhook')).toEqual({ kind: 'pipeline', name: 'webhook' });
  expect(read('us-east-1:123456789012:webhook:Hook')).toEqual({ kind: 'webhook', name: 'Hook' });
  expect(read('us-east-1:123456789012:actiontype:Custom/Build/Mill/1')).toEqual({ kind: 'actionType', id });
  expect(read('us-east-1::actionType:Custom/Build/Mill/1')).toEqual({ kind: 'actionType', id });
  expect(readResourceArn('arn:aws-us-gov:codepipeline:us-east-1::Pipe', call)).toMatchObject({ kind: 'pipeline' });
});

test.each([
  ['us-east-1:123456789012:a/b', 'InvalidArnException'],
  ['us-east-1:123:Pipe', 'InvalidArnException'],
  ['us-east-1:123456789012:actiontype:Custom/Nothing/Mill/1', 'InvalidArnException'],
  ['us-east-1:123456789012:webhook:', 'InvalidArnException'],
  ['eu-west-1:123456789012:Pipe', 'ResourceNotFoundException'],
  ['us-east-1:210987654321:Pipe', 'ResourceNotFoundException'],
])('%s is %s', (rest, code) => {
  expect(() => read(rest)).toThrow(expect.objectContaining({ code }));
});
