import { expect, test } from 'vitest';
import { authorize } from '../policies/authorize.ts';
import { createJobCredentials } from '../secrets/job-credentials.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { parseRoles } from './role-declaration.ts';
import { createRoles } from './roles.ts';
import { createServiceSessions } from './service-sessions.ts';

const account = '111111111111';
const at = Date.UTC(2026, 2, 1, 12);
const masterKeys = createMasterKeys();
const roleArn = `arn:aws:iam::${account}:role/build`;
const sessionName = 'AWSCodeBuild-3f6f';
const policy = { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shop/*' }] };
const declared = parseRoles(JSON.stringify([{ name: 'build', policies: [policy] }]), account);

function setUp({ roles = declared, isStrict = false } = {}) {
  const sessions = createServiceSessions({ roles, isStrict, masterKeys, now: () => at });
  const begin = (arn = roleArn) => sessions.begin({ account, roleArn: arn, sessionName });
  const open = ({ credentials }: ReturnType<typeof begin>, when = at) => {
    const session = sessions.openSessionToken(credentials.sessionToken, credentials.accessKeyId, when);
    if (!session) throw new Error('the token did not open');
    return session;
  };
  return { sessions, begin, open };
}

const decide = ({ open, begin }: ReturnType<typeof setUp>, action: string, resource: string, arn?: string) =>
  authorize(open(begin(arn)).caller, { action, resources: [resource] });

test('the session of a declared role has its policies for an hour', () => {
  const { begin, open } = setUp();
  const session = begin();
  expect(session.expiresAt).toBe(at + 3_600_000);
  const { caller, secretAccessKey, isExpired } = open(session);
  expect(caller).toMatchObject({ account, arn: `arn:aws:sts::${account}:assumed-role/build/${sessionName}`, roleArn });
  expect(secretAccessKey).toBe(session.credentials.secretAccessKey);
  expect(isExpired).toBe(false);
  expect(open(session, session.expiresAt).isExpired).toBe(true);
  expect(decide(setUp(), 's3:GetObject', 'arn:aws:s3:::shop/a').isAllowed).toBe(true);
  for (const action of ['s3:PutObject', 'ssm:GetParameter'])
    expect(decide(setUp(), action, 'arn:aws:s3:::shop/a').isAllowed).toBe(false);
});

test('a session gets the policies that its role has now', () => {
  const session = setUp().begin();
  const { sessions } = setUp({ roles: parseRoles(JSON.stringify([{ name: 'build', policies: [] }]), account) });
  const { sessionToken, accessKeyId } = session.credentials;
  const caller = sessions.openSessionToken(sessionToken, accessKeyId, at)?.caller;
  expect(caller).toMatchObject({ policies: [] });
});

test.each([
  ['s3:PutObject', 'arn:aws:s3:::shop/a', true],
  ['ecr:GetAuthorizationToken', '*', true],
  ['secretsmanager:GetSecretValue', '*', true],
  ['s3:PutBucketPolicy', 'arn:aws:s3:::shop', false],
  ['codepipeline:StartPipelineExecution', '*', false],
  ['millrace:CreateAccessKey', '*', false],
  ['sts:AssumeRole', roleArn, false],
])('an undeclared role may do %s on %s: %s; with strict roles nothing', (action, resource, isAllowed) => {
  expect(decide(setUp({ roles: [] }), action, resource)).toMatchObject({ isAllowed });
  expect(decide(setUp({ roles: [], isStrict: true }), action, resource)).toMatchObject({
    isAllowed: false,
    message: expect.stringContaining(`assumed-role/build/${sessionName} is not authorized to perform: ${action}`),
  });
});

test('a role of another account works in that of its service, also if it has a path', () => {
  const { begin, open } = setUp({ roles: [] });
  const { caller } = open(begin('arn:aws:iam::222222222222:role/service-role/other'));
  expect(caller).toMatchObject({ account, arn: `arn:aws:sts::${account}:assumed-role/other/${sessionName}` });
});

test('tokens of jobs, of roles and of services are not taken for each other', () => {
  const { sessions, begin } = setUp();
  const roles = createRoles({ roles: declared, masterKeys, now: () => at });
  const { credentials } = begin();
  const root = {
    kind: 'root',
    accessKeyId: 'AKIA',
    account,
    arn: `arn:aws:iam::${account}:root`,
    userId: account,
  } as const;
  const assumed = roles.assumeRole(root, { roleArn, sessionName, durationSeconds: 900 }).credentials;
  const jobs = createJobCredentials(masterKeys);
  expect(roles.openSessionToken(credentials.sessionToken, credentials.accessKeyId, at)).toBeUndefined();
  expect(jobs.openSessionToken(credentials.sessionToken, credentials.accessKeyId, at)).toBeUndefined();
  expect(sessions.openSessionToken(assumed.sessionToken, assumed.accessKeyId, at)).toBeUndefined();
  expect(sessions.openSessionToken(credentials.sessionToken, assumed.accessKeyId, at)).toBeUndefined();
});
