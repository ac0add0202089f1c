import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { callerOfRole } from '../../src/identity/caller.ts';
import { createJudge, objectArn } from '../../src/identity/policies/authorize.ts';
import { parsePolicy } from '../../src/identity/policies/policy.ts';
import { checkEffort } from '../../src/identity/policies/policy-effort.ts';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, clientConfig, serve } from '../support/servers/server.ts';

/** CPU time, as the machine may be busy; looser than the limit, as test machines are slow. */
const maxDecisionMs = 200 * 3;

const keys = Array.from({ length: 1000 }, (_, index) => `${'a'.repeat(990)}${index}`);
const allowing = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
const denying = (Resource: string[]) => ({ Effect: 'Deny', Action: 's3:*', Resource });
const policyOf = (...Statement: object[]) => JSON.stringify({ Statement });

/** Deny patterns that match none of the keys, and are slow to evaluate. */
const slowPatterns: Record<string, string[]> = {
  'one long part': [`arn:aws:s3:::*${'a'.repeat(560)}b*`, `arn:aws:s3:::*${'a'.repeat(280)}b${'a'.repeat(280)}*`],
  'as many short parts as may be': Array.from({ length: 32 }, (_, index) => `arn:*${'a'.repeat(2 + index)}b*`),
  'parts that come almost to the end': [`arn:${'*aa'.repeat(31)}*ab*`],
  'parts of one character': [`arn:${'*a'.repeat(700)}*b*`],
  'parts with gaps': [`arn:*${'a'.repeat(20)}?${'a'.repeat(7)}b*`],
  'many ends': Array.from({ length: 280 }, (_, index) => `arn:aws:s3:::*${index}b`),
};

function millisecondsOf(policies: string[]): number {
  const role = {
    account,
    name: 'role',
    arn: `arn:aws:iam::${account}:role/role`,
    policies: policies.map((p) => parsePolicy(p)),
  };
  const judge = createJudge(callerOfRole('ASIA', role, { name: 's', policy: parsePolicy(policyOf(allowing)) }), {
    action: 's3:DeleteObject',
  });
  // The best of three: the first one compiles, and another may pay for the garbage of the tests before.
  const samples = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    const denied = keys.filter((key) => !judge(objectArn('bucket', key)).isAllowed);
    expect(denied).toEqual([]);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...samples);
}

describe('a thousand long keys are evaluated in time against a policy with', () => {
  test.each(Object.entries(slowPatterns))('%s', (_, patterns) => {
    const policy = policyOf(allowing, denying(patterns));
    expect(() => checkEffort([parsePolicy(policy)])).not.toThrow();
    expect(millisecondsOf([policy])).toBeLessThan(maxDecisionMs);
  });

  test('as many statements and patterns as fit into ten documents', () => {
    const patterns = Array.from({ length: 280 }, (_, index) => `arn:aws:s3:::*${index}b`);
    expect(millisecondsOf(Array.from({ length: 10 }, () => policyOf(allowing, denying(patterns))))).toBeLessThan(
      maxDecisionMs,
    );
  });
});

/** A role with all rights, and one without any. */
async function serveRoles() {
  const file = join(temporaryFolder(), 'roles.json');
  await writeFile(
    file,
    JSON.stringify([
      { name: 'all', policies: [policyOf(allowing)] },
      { name: 'nothing', policies: [] },
    ]),
  );
  const { url, s3 } = await serve({ roles: file });
  const assume = async (name: string, Policy: string): Promise<S3Client> => {
    const sts = new STSClient(clientConfig(url));
    const RoleArn = `arn:aws:iam::${account}:role/${name}`;
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'tester', Policy }));
    return s3({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    });
  };
  return { url, assume };
}

test.each(['all', 'nothing'])(
  'a session policy of the role %s denies a thousand keys, each with its reason',
  async (role) => {
    const { assume } = await serveRoles();
    const patterns = Array.from({ length: 31 }, (_, index) => `arn:*${'a'.repeat(index % 5)}ab*`);
    const client = await assume(
      role,
      policyOf(denying(patterns), { ...allowing, Resource: `arn:aws:s3:::*${'a'.repeat(560)}b0` }),
    );
    const Delete = { Objects: keys.map((key) => ({ Key: key.slice(0, 990) })) };
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: 'bucket', Delete }));
    expect(Errors).toHaveLength(1000);
    expect(Errors[0]?.Message).toContain(
      role === 'nothing' ? 'because no identity-based policy allows' : 'because no session policy allows',
    );
  },
);

test('a policy that would take too long is rejected when it is set', async () => {
  const { url, assume } = await serveRoles();
  const tooSlow = policyOf(denying(Array.from({ length: 33 }, (_, index) => `arn:aws:s3:::*part-${index}/*`)));
  await expect(assume('all', tooSlow)).rejects.toMatchObject({
    name: 'MalformedPolicyDocumentException',
    message: expect.stringContaining("more than 32 parts between two '*'"),
  });
  expect(await callOwn(url, 'CreateAccessKey', { name: 'slow', policies: [tooSlow] })).toMatchObject({
    status: 400,
    answer: {
      __type: 'ValidationException',
      message: expect.stringContaining('policies: the resources have more than'),
    },
  });
  const forOthers = policyOf(
    denying(Array.from({ length: 100 }, (_, index) => `arn:aws:codepipeline:*:*:web-${index}*`)),
  );
  expect(await callOwn(url, 'CreateAccessKey', { name: 'quick', policies: [forOthers] })).toMatchObject({
    status: 200,
  });
});
