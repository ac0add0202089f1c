import { expect, test } from 'vitest';
import { managedPolicies } from '../policies/managed-policies.ts';
import { parseRoles } from './role-declaration.ts';

const account = '111111111111';
const read = (...roles: unknown[]) => parseRoles(JSON.stringify(roles), account);
const role = { name: 'deploy', policies: [] };

test('reads a role with defaults', () => {
  const trustedBy = ['arn:aws:iam::222222222222:user/*'];
  const policies = ['AWSCodePipeline_FullAccess', { Statement: { Effect: 'Deny', Action: '*', Resource: '*' } }];
  const [own, foreign] = read({ name: 'deploy', policies }, { ...role, account: '222222222222', trustedBy });
  expect(own).toMatchObject({ account, arn: 'arn:aws:iam::111111111111:role/deploy', trustedBy: [] });
  expect(own?.policies[0]).toBe(managedPolicies.get('AWSCodePipeline_FullAccess'));
  expect(own?.policies[1]?.statements).toHaveLength(1);
  expect(foreign).toMatchObject({ arn: 'arn:aws:iam::222222222222:role/deploy', trustedBy, policies: [] });
});

test.each<[string, string, string]>([
  ['broken text', '[', 'the roles are not valid JSON'],
  ['an object', '{}', 'the roles must be a JSON list'],
  ['a member twice', '[{"name":"a","name":"b"}]', "'name' occurs twice in the same object"],
  ['a string', '["a"]', '[0]: must be a JSON object'],
  ['an unknown member', '[{"name":"a","trust":[]}]', "[0]: 'trust' is not supported: expected name, account"],
  ['a path in the name', '[{"name":"a/b","policies":[]}]', '[0].name: must satisfy the pattern'],
  ['an account in digits', '[{"name":"a","account":111111111111}]', '[0].account: must be a string of twelve digits'],
  ['no policies', '[{"name":"a"}]', '[0].policies: must be a JSON list'],
  ['a faulty policy', '[{"name":"a","policies":[{}]}]', '[0].policies[0].Statement: is missing'],
  ['trust in everybody', '[{"name":"a","policies":[],"trustedBy":["*"]}]', "[0].trustedBy[0]: invalid ARN '*'"],
  [
    'the same twice',
    '[{"name":"a","policies":[]},{"name":"a","policies":[]}]',
    '[1]: the role arn:aws:iam::111111111111:role/a',
  ],
])('%s is refused with its place', (_, text, message) => {
  expect(() => parseRoles(text, account)).toThrow(message);
});
