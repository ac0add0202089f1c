import { expect, test } from 'vitest';
import { parsePolicy } from '../policies/policy.ts';
import type { Role } from './role-declaration.ts';
import { createServiceRights } from './service-rights.ts';

const account = '111122223333';
const roleArn = `arn:aws:iam::${account}:role/pipeline`;
const project = `arn:aws:codebuild:us-east-1:${account}:project/site`;
const grant = { account, region: 'us-east-1', roleArn, jobId: 'job-1' };

function roleWith(resource: string): Role {
  const statement = { Effect: 'Allow', Action: 'codebuild:StartBuild', Resource: resource };
  const policy = parsePolicy({ Version: '2012-10-17', Statement: [statement] });
  return { arn: roleArn, account, name: 'pipeline', policies: [policy] } as Role;
}

function start(roles: Role[], isStrict = false) {
  return () => createServiceRights({ roles, isStrict })(grant, 'codebuild:StartBuild', project);
}

test('a declared role may what its policies allow', () => {
  expect(start([roleWith(project)])).not.toThrow();
  expect(start([roleWith(`${project}-2`)])).toThrow(
    `User: arn:aws:sts::${account}:assumed-role/pipeline/job-1 is not authorized to perform: codebuild:StartBuild on resource: ${project}`,
  );
});

test('an undeclared role may everything, unless roles are strict', () => {
  expect(start([])).not.toThrow();
  expect(start([], true)).toThrow('strict roles are on');
});
