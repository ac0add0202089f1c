import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { type Caller, callerOfAccessKey, callerOfJob } from '../caller.ts';
import { authorize } from '../policies/authorize.ts';
import type { AccessRequest } from '../policies/evaluate-policy.ts';
import { parsePolicy } from '../policies/policy.ts';
import { createJobCredentials } from '../secrets/job-credentials.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { createAuthenticator } from '../signatures/authenticator.ts';
import { StsError } from './assume-role-input.ts';
import { parseRoles } from './role-declaration.ts';
import { createRoles } from './roles.ts';

const account = '111111111111';
const foreign = '222222222222';
const at = Date.UTC(2026, 2, 1, 12);
const start = 'arn:aws:codepipeline:eu-west-1:111111111111:';
const allow = (Action: string | string[], Resource: string | string[] = '*') => ({ Effect: 'Allow', Action, Resource });
const deny = (...rest: Parameters<typeof allow>) => ({ ...allow(...rest), Effect: 'Deny' });
const policyOf = (...Statement: object[]) => JSON.stringify({ Statement });
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;

const declarations = [
  { name: 'deploy', policies: [policyOf(allow('codepipeline:*'), deny('codepipeline:Delete*'))] },
  { name: 'named', policies: [], trustedBy: ['arn:aws:iam::111111111111:user/ci', 'arn:aws:iam::*:role/deploy'] },
  { name: 'shared', policies: [], trustedBy: [`arn:aws:iam::${foreign}:root`] },
];
const masterKeys = createMasterKeys();
const setUp = (roles: object[] = declarations) =>
  createRoles({ roles: parseRoles(JSON.stringify(roles), account), masterKeys, now: () => at });
const { assumeRole, openSessionToken } = setUp();

const key = { accessKeyId: 'AKIA', account, name: 'ci', isRoot: false };
const root = callerOfAccessKey({ ...key, isRoot: true });
const userWith = (policies: object[] = [], change: Partial<typeof key> = {}) =>
  callerOfAccessKey({ ...key, ...change, policies: policies.map((Statement) => parsePolicy({ Statement })) });

const inputFor = (name: string, policy?: string) => ({
  roleArn: roleArn(name),
  sessionName: 'night',
  durationSeconds: 900,
  ...(policy !== undefined && { policy }),
});

/** The session as seen when its signature is verified. */
function sessionOf(policy?: string, roles = setUp()) {
  const { credentials } = roles.assumeRole(root, inputFor('deploy', policy));
  const session = roles.openSessionToken(credentials.sessionToken, credentials.accessKeyId, at);
  if (!session) throw new Error('the token did not open');
  return { ...session, credentials };
}

function refusalOf(work: () => unknown): StsError {
  try {
    work();
  } catch (error) {
    if (error instanceof StsError) return error;
    throw error;
  }
  throw new Error('not refused');
}

test('credentials have AWS’s form and name the session', () => {
  const { credentials, expiresAt, ...rest } = assumeRole(root, inputFor('deploy'));
  expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(credentials.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(expiresAt).toBe(at + 900_000);
  expect(rest.arn).toBe('arn:aws:sts::111111111111:assumed-role/deploy/night');
  expect(rest.assumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:night$/);
  const session = openSessionToken(credentials.sessionToken, credentials.accessKeyId, at);
  expect(session?.secretAccessKey).toBe(credentials.secretAccessKey);
  expect(session?.caller).toMatchObject({ kind: 'role', arn: rest.arn, userId: rest.assumedRoleId, account });
});

describe('the credentials of a role are valid', () => {
  const { sha256 } = new S3Client({ region: 'eu-west-1' }).config;
  const body = '{}';

  const authenticate = async (seconds: number, roles = setUp()) => {
    const { credentials } = sessionOf();
    const signer = new SignatureV4({ service: 'codepipeline', region: 'eu-west-1', credentials, sha256 });
    const now = at + seconds * 1000;
    const { headers } = await signer.sign(
      { method: 'POST', protocol: 'http:', hostname: 'h', path: '/', query: {}, headers: { host: 'h' }, body },
      { signingDate: new Date(now) },
    );
    const jobCredentials = createJobCredentials(masterKeys);
    const accessKeys = { find: async () => undefined };
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const request = { service: 'codepipeline', method: 'POST', path: '/', query: '', headers, payloadHash } as const;
    return createAuthenticator({ accessKeys, jobCredentials, roles, now: () => now }).authenticate(request);
  };

  test('until they expire', async () => {
    expect((await authenticate(899)).caller).toMatchObject({ kind: 'role', roleArn: roleArn('deploy') });
    await expect(authenticate(900)).rejects.toMatchObject({ reason: 'expired-token' });
  });

  test('while the role is declared', async () => {
    await expect(authenticate(0, setUp([]))).rejects.toMatchObject({ reason: 'unknown-token' });
  });
});

describe('a session may do', () => {
  const get: AccessRequest = { action: 'codepipeline:GetPipeline', resources: [`${start}prod`] };
  const remove: AccessRequest = { action: 'codepipeline:DeletePipeline', resources: [`${start}prod`] };
  const bucket: AccessRequest = { action: 's3:ListBucket', resources: ['arn:aws:s3:::b'] };
  const who = 'User: arn:aws:sts::111111111111:assumed-role/deploy/night is not authorized to perform: ';
  const getDenied = `${who}codepipeline:GetPipeline on resource: ${start}prod `;
  const bucketDenied = `${who}s3:ListBucket on resource: "arn:aws:s3:::b" `;

  test.each<[string, string | undefined, AccessRequest, string]>([
    ['what its role may', undefined, get, ''],
    ['nothing its role is denied', undefined, remove, 'with an explicit deny in an identity-based policy'],
    [
      'nothing more',
      undefined,
      bucket,
      `${bucketDenied}because no identity-based policy allows the s3:ListBucket action`,
    ],
    ['what both allow', policyOf(allow('*')), get, ''],
    [
      'nothing more by a wide session policy',
      policyOf(allow('*')),
      bucket,
      `${bucketDenied}because no identity-based policy`,
    ],
    ['nothing against the role', policyOf(allow('*')), remove, 'with an explicit deny in an identity-based policy'],
    [
      'nothing the session policy leaves out',
      policyOf(allow('codepipeline:List*')),
      get,
      `${getDenied}because no session policy allows the codepipeline:GetPipeline action`,
    ],
    [
      'nothing the session policy denies',
      policyOf(allow('*'), deny('*', `${start}prod`)),
      get,
      `${getDenied}with an explicit deny in a session policy`,
    ],
    ['what a session policy for another resource denies', policyOf(allow('*'), deny('*', `${start}dev`)), get, ''],
    [
      'nothing where both are silent but the role',
      policyOf(allow('codepipeline:List*')),
      bucket,
      'because no identity-based policy',
    ],
  ])('%s', (_, policy, request, message) => {
    const decision = authorize(sessionOf(policy).caller, request);
    expect(decision.isAllowed).toBe(message === '');
    if (!decision.isAllowed) expect(decision.message).toContain(message);
  });

  test('what the role may now, not what it could when the session began', () => {
    const { credentials } = sessionOf();
    const changed = setUp([{ name: 'deploy', policies: [policyOf(allow('s3:*'))] }]);
    const session = changed.openSessionToken(credentials.sessionToken, credentials.accessKeyId, at);
    if (!session) throw new Error('the token did not open');
    expect(authorize(session.caller, get).isAllowed).toBe(false);
    expect(authorize(session.caller, bucket).isAllowed).toBe(true);
  });

  test('what conditions on the role’s ARN allow', () => {
    const statement = { ...allow('*'), Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn('deploy') } } };
    const { caller } = sessionOf(undefined, setUp([{ name: 'deploy', policies: [policyOf(statement)] }]));
    expect(authorize(caller, get).isAllowed).toBe(true);
  });
});

describe('who may assume', () => {
  const statement = allow('sts:AssumeRole', `arn:aws:iam::${account}:role/*`);
  const other = { name: 'other' };
  const job: Caller = callerOfJob('ASIA', {
    account,
    region: 'eu-west-1',
    jobId: 'j',
    roleName: 'deploy',
    read: [],
    write: [],
    issuedAt: at,
    expiresAt: at + 1,
  });
  test.each<[string, string, Caller, boolean]>([
    ['the owner of the account', 'deploy', root, true],
    ['the owner, though the role trusts others', 'named', root, true],
    ['the owner of another account', 'deploy', callerOfAccessKey({ ...key, account: foreign, isRoot: true }), false],
    ['the owner of a trusted account', 'shared', callerOfAccessKey({ ...key, account: foreign, isRoot: true }), true],
    ['a user with a policy for it', 'deploy', userWith([statement]), true],
    ['a user without', 'deploy', userWith(), false],
    ['a user with a policy for another role', 'deploy', userWith([{ ...statement, Resource: roleArn('x') }]), false],
    ['a user whom a policy forbids it', 'deploy', userWith([statement, deny('sts:*')]), false],
    ['a user trusted by name', 'named', userWith(), true],
    ['a user trusted by name whom a policy forbids it', 'named', userWith([deny('sts:*')]), false],
    [
      'a user trusted by name whom a policy forbids it by name',
      'named',
      userWith([{ ...deny('sts:*'), Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/ci' } } }]),
      false,
    ],
    ['a user not trusted, with a policy', 'named', userWith([statement], other), false],
    ['the user of that name in another account', 'named', userWith([statement], { account: foreign }), false],
    ['a user of a trusted account with a policy', 'shared', userWith([statement], { account: foreign }), true],
    ['a user of a trusted account without', 'shared', userWith([], { account: foreign }), false],
    ['a user of the account when only another is trusted', 'shared', userWith([statement]), false],
    ['a session of a trusted role without a policy', 'named', sessionOf().caller, false],
    ['a job with the name of a role', 'deploy', job, false],
    ['the owner, a role that is not declared', 'none', root, false],
  ])('%s', (_, name, caller, expected) => {
    if (expected) {
      expect(assumeRole(caller, inputFor(name)).arn).toContain(name);
      return;
    }
    expect(refusalOf(() => assumeRole(caller, inputFor(name)))).toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn(name)}`,
    });
  });

  test('a role session, for at most an hour', () => {
    const { caller } = sessionOf(undefined, setUp([{ name: 'deploy', policies: [policyOf(statement)] }]));
    expect(assumeRole(caller, { ...inputFor('named'), durationSeconds: 3600 }).expiresAt).toBe(at + 3_600_000);
    const refusal = refusalOf(() => assumeRole(caller, { ...inputFor('named'), durationSeconds: 3601 }));
    expect(refusal).toMatchObject({ code: 'ValidationError', status: 400 });
  });
});

test('rejects a session policy that would not be enforced', () => {
  const refusal = refusalOf(() => assumeRole(root, inputFor('deploy', '{"Statement":{"Effect":"Allow"}}')));
  expect(refusal).toMatchObject({ code: 'MalformedPolicyDocument', status: 400 });
  expect(refusal.message).toBe('Statement: needs either Action or NotAction');
});

describe('a token does not open', () => {
  const { credentials } = sessionOf();
  const { accessKeyId, sessionToken } = credentials;
  const jobs = createJobCredentials(masterKeys);
  const job = jobs.mintJobCredentials({
    account,
    region: 'role',
    jobId: 'deploy',
    roleArn: roleArn('deploy'),
    read: [],
    write: [],
    issuedAt: at,
    expiresAt: at + 900_000,
  });

  test('for another key id, changed or forged', () => {
    const other = sessionOf().credentials;
    expect(openSessionToken(sessionToken, other.accessKeyId, at)).toBeUndefined();
    for (const token of [
      '',
      'token',
      sessionToken.slice(1),
      `${sessionToken}A`,
      sessionToken.replace('s1.1', 's1.2'),
    ]) {
      expect(openSessionToken(token, accessKeyId, at), token).toBeUndefined();
    }
  });

  test('on a server with other master keys', () => {
    const roles = parseRoles(JSON.stringify(declarations), account);
    const stranger = createRoles({ roles, masterKeys: createMasterKeys(), now: () => at });
    expect(stranger.openSessionToken(sessionToken, accessKeyId, at)).toBeUndefined();
  });

  test('as one of the other kind', () => {
    expect(jobs.openSessionToken(sessionToken, accessKeyId, at)).toBeUndefined();
    expect(openSessionToken(job.sessionToken, job.accessKeyId, at)).toBeUndefined();
    expect(jobs.openSessionToken(job.sessionToken, job.accessKeyId, at)).toBeDefined();
  });
});

test('a token with the longest session policy fits in a header', () => {
  const policy = policyOf({ ...allow('*'), Sid: 'x'.repeat(1980) });
  expect(sessionOf(policy).credentials.sessionToken.length).toBeLessThan(4096);
});
