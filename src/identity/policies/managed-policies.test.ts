import { expect, test } from 'vitest';
import { operationNames } from '../../contract/model.ts';
import { evaluate } from './evaluate-policy.ts';
import { managedPolicies, parsePolicies } from './managed-policies.ts';

const worker = ['AcknowledgeJob', 'GetJobDetails', 'PollForJobs', 'PutJobFailureResult', 'PutJobSuccessResult'];
const readers = ['GetPipeline', 'GetPipelineExecution', 'GetPipelineState', 'ListPipelineExecutions', 'ListPipelines'];

test.each([
  ['AWSCodePipeline_FullAccess', [...operationNames]],
  ['AWSCodePipelineCustomActionAccess', worker],
  ['AWSCodePipelineApproverAccess', [...readers, 'PutApprovalResult']],
  ['AWSCodePipeline_ReadOnlyAccess', [...readers, 'ListActionExecutions', 'ListActionTypes', 'ListTagsForResource']],
])('%s allows exactly its operations', (name, expected) => {
  const policies = parsePolicies([name]);
  const resources = ['arn:aws:codepipeline:eu-west-1:111111111111:prod'];
  const allowed = operationNames.filter(
    (operation) => evaluate(policies, { action: `codepipeline:${operation}`, resources }) === 'allowed',
  );
  expect(allowed.toSorted()).toEqual(expected.toSorted());
});

test('allows only the console’s artifact buckets', () => {
  const policies = parsePolicies(['AWSCodePipeline_ReadOnlyAccess']);
  const read = (resource: string) => evaluate(policies, { action: 's3:GetObject', resources: [resource] });
  expect(read('arn:aws:s3:::codepipeline-eu-west-1-1/p/a')).toBe('allowed');
  expect(read('arn:aws:s3:::secrets/codepipeline-1')).toBe('implicitDeny');
});

test('no managed policy makes an administrator', () => {
  const policies = parsePolicies([...managedPolicies.keys()]);
  for (const action of ['millrace:CreateAccessKey', 'sts:AssumeRole', 's3:PutObject', 'iam:PassRole']) {
    expect(evaluate(policies, { action, resources: ['*'] }), action).toBe('implicitDeny');
  }
});

test('accepts names, ARNs and documents in one list', () => {
  const document = { Statement: { Effect: 'Deny', Action: '*', Resource: '*' } };
  const named = managedPolicies.get('AWSCodePipelineApproverAccess');
  const arn = 'arn:aws:iam::aws:policy/AWSCodePipelineApproverAccess';
  const [byName, byArn, asText, asObject] = parsePolicies([
    arn.slice(24),
    arn,
    ` ${JSON.stringify(document)}`,
    document,
  ]);
  expect([byName, byArn]).toEqual([named, named]);
  expect(JSON.stringify(asText?.statements)).toBe(JSON.stringify(asObject?.statements));
});

test.each([
  ['AWSCodePipelineFullAccess', /^policies\[0\]: neither a JSON document nor a managed policy: .*ApproverAccess/],
  ['arn:aws:iam::111111111111:policy/AWSCodePipeline_FullAccess', /^policies\[0\]: neither/],
  ['', /^policies\[0\]: neither/],
  ['{"Statement":[{}]}', /^policies\[0\]\.Statement\[0\]\.Effect: must be/],
  [7, /^policies\[0\]: a policy must be a JSON object/],
])('rejects %j with its location', (policy, message) => {
  expect(() => parsePolicies([policy])).toThrow(message);
});
