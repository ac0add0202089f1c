import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AcknowledgeJobCommand,
  DeletePipelineCommand,
  GetJobDetailsCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { ownOperationNames } from '../../../src/contract/model.ts';
import { type AwsService, serviceProtocols } from '../../../src/contract/service-models.ts';
import { pipelineName } from '../../support/pipelines/scenario.ts';
import { type EscapeHarness, openEscapeHarness } from '../../support/requests/escape-harness.ts';
import { everyOperation } from '../../support/requests/every-operation.ts';
import { callService } from '../../support/requests/service-call.ts';
import { callRaw, type RawAnswer, sendRaw } from '../../support/requests/signed-request.ts';
import { account, clientConfig, type Keys, region, rootKey } from '../../support/servers/server.ts';
import { temporaryFolder } from '../../support/servers/server-process.ts';
import { validInput } from '../../wire/inputs/valid-input.ts';

const quarterMs = 15 * 60_000;

/** Reads the job's input with other keys. */
const readWith = ({ outcomeOf, input }: EscapeHarness, keys: Keys) => outcomeOf({ path: input, keys });

test('a session token is valid only unchanged, with its own key id and secret, and on this server (clients 36)', async () => {
  const harness = await openEscapeHarness();
  const elsewhere = await openEscapeHarness();
  const { keys, neighbour } = harness;
  const { sessionToken = '' } = keys;
  const attempts: Record<string, [Keys, string]> = {
    'as it is': [keys, 'ok'],
    'without token': [{ ...keys, sessionToken: undefined }, 'InvalidAccessKeyId'],
    'of another server': [elsewhere.keys, 'InvalidToken'],
    'with the key id of another job': [{ ...keys, accessKeyId: neighbour.keys.accessKeyId }, 'InvalidToken'],
    'with the token of another job': [{ ...keys, sessionToken: neighbour.keys.sessionToken }, 'InvalidToken'],
    'with the secret of another job': [
      { ...keys, secretAccessKey: neighbour.keys.secretAccessKey },
      'SignatureDoesNotMatch',
    ],
    'with an unknown key id': [{ ...keys, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }, 'InvalidToken'],
    'with the root key': [{ ...rootKey, sessionToken }, 'InvalidToken'],
    'with the key id of root': [{ ...keys, accessKeyId: rootKey.accessKeyId }, 'InvalidToken'],
    'the key id of root without token': [
      { ...keys, accessKeyId: rootKey.accessKeyId, sessionToken: undefined },
      'SignatureDoesNotMatch',
    ],
    twice: [{ ...keys, sessionToken: `${sessionToken},${sessionToken}` }, 'InvalidToken'],
    longer: [{ ...keys, sessionToken: `${sessionToken}A` }, 'InvalidToken'],
    shorter: [{ ...keys, sessionToken: sessionToken.slice(0, -1) }, 'InvalidToken'],
    'of the next master key': [{ ...keys, sessionToken: sessionToken.replace('s1.1.', 's1.2.') }, 'InvalidToken'],
    'of another form': [{ ...keys, sessionToken: sessionToken.replace('s1.', 's2.') }, 'InvalidToken'],
    padded: [{ ...keys, sessionToken: `${sessionToken}=` }, 'InvalidToken'],
    'made up': [{ ...keys, sessionToken: 'FwoGZXIvYXdzEXAMPLE' }, 'InvalidToken'],
  };
  const outcomes: Record<string, string> = {};
  for (const [name, [given]] of Object.entries(attempts)) outcomes[name] = await readWith(harness, given);
  expect(outcomes).toEqual(Object.fromEntries(Object.entries(attempts).map(([name, [, code]]) => [name, code])));
  const refusals = harness.server.calls().filter(({ reason }) => reason !== undefined);
  expect(new Set(refusals.map(({ reason }) => reason))).toEqual(
    new Set(['unknown-token', 'unknown-access-key', 'signature-mismatch']),
  );
  for (const secret of [sessionToken, keys.secretAccessKey]) expect(harness.server.logText()).not.toContain(secret);
});

test('no single character of a session token can be changed', async () => {
  const harness = await openEscapeHarness();
  const { sessionToken = '' } = harness.keys;
  const changed = [...sessionToken].map((character, at) => {
    const other = character === 'A' ? 'B' : 'A';
    return { ...harness.keys, sessionToken: sessionToken.slice(0, at) + other + sessionToken.slice(at + 1) };
  });
  const codes = await Promise.all(
    changed.map(async (keys) => /<Code>(\w+)</.exec((await harness.send({ path: harness.input, keys })).body)?.[1]),
  );
  expect(codes).toHaveLength(sessionToken.length);
  expect(new Set(codes)).toEqual(new Set(['InvalidToken']));
});

test('after fifteen minutes the credentials are ExpiredToken for every service', async () => {
  const harness = await openEscapeHarness();
  const { server, keys } = harness;
  const call = (operation: string) => jobCall(harness, operation, '{}', server.clock.now());
  server.clock.advance(quarterMs - 60_000);
  expect(await readWith(harness, keys)).toBe('ok');
  server.clock.advance(61_000);
  expect(await readWith(harness, keys)).toBe('ExpiredToken');
  expect(typeOf(await call('ListPipelines'))).toBe('ExpiredTokenException');
  expect(server.calls().at(-1)).toMatchObject({ outcome: 'ExpiredTokenException', reason: 'expired-token' });
});

/** Sends a JSON call signed with the job's credentials. */
function jobCall({ server, keys }: EscapeHarness, operation: string, body: string, at?: number): Promise<RawAnswer> {
  const headers = { 'X-Amz-Security-Token': keys.sessionToken ?? '' };
  return callRaw(server.url, operation, body, { keys, headers, at });
}

const typeOf = ({ body }: RawAnswer) => (JSON.parse(body) as { __type?: string }).__type;

test('they cannot call any operation of CodePipeline, of our own or of another service, not even for their own job', async () => {
  const harness = await openEscapeHarness();
  const { server, keys, job } = harness;
  const types = new Set<string | undefined>();
  for (const [name, { input }] of Object.entries(everyOperation)) {
    const ofOwnJob = JSON.stringify(input).replace(/(?<="jobId":")[0-9a-f-]{36}/, job.id ?? '');
    types.add(typeOf(await jobCall(harness, name, ofOwnJob)));
  }
  for (const name of ownOperationNames) {
    const headers = { 'X-Amz-Security-Token': keys.sessionToken ?? '', 'X-Amz-Target': `Millrace.${name}` };
    types.add(typeOf(await callRaw(server.url, '', '{}', { keys, headers, service: 'millrace' })));
  }
  const ofServices = serviceProtocols.flatMap(({ name, operationNames }) => operationNames.map((one) => [name, one]));
  for (const [service = '', name = ''] of ofServices) {
    const input = validInput(`${service as AwsService}:${name}`);
    const headers = { 'X-Amz-Security-Token': keys.sessionToken ?? '' };
    types.add(typeOf(await callService(server.url, service, name, input, { keys, headers })));
  }
  expect(types).toEqual(new Set(['AccessDeniedException']));
  const refused = server.calls().filter(({ outcome }) => outcome === 'AccessDeniedException');
  expect(refused).toHaveLength(44 + ownOperationNames.length + ofServices.length);
  for (const { principal } of refused) expect(principal).toContain(`/${job.id}`);
});

test('STS returns their identity, an assumed role, and nothing else', async () => {
  const roles = join(await temporaryFolder(), 'roles.json');
  const trustedBy = [`arn:aws:iam::${account}:root`, `arn:aws:sts::${account}:assumed-role/pipeline-role/*`];
  await writeFile(roles, JSON.stringify([{ name: 'trusting', policies: ['AWSCodePipeline_FullAccess'], trustedBy }]));
  const harness = await openEscapeHarness({ roles });
  const { server, keys, job } = harness;
  const sts = new STSClient(clientConfig(server.url, keys));
  const session = `arn:aws:sts::${account}:assumed-role/pipeline-role/${job.id}`;
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: account, Arn: session });
  const assume = { RoleArn: `arn:aws:iam::${account}:role/trusting`, RoleSessionName: 'out' };
  await expect(sts.send(new AssumeRoleCommand(assume))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
  const refused = server.calls().filter(({ service, outcome }) => service === 'sts' && outcome !== 'ok');
  expect(refused.map(({ outcome, principal }) => [outcome, principal])).toEqual([
    ['AccessDenied', session],
    ['InvalidAction', session],
  ]);
});

/** Presigns a URL for one method and path with the official signer and the job's credentials. */
async function presign(
  { server, keys }: EscapeHarness,
  method: string,
  path: string,
  expiresIn: number,
): Promise<string> {
  const { sha256 } = new S3Client({ region }).config;
  const signer = new SignatureV4({ service: 's3', region, credentials: keys, sha256, uriEscapePath: false });
  const headers = { host: new URL(server.url).host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const signingDate = new Date(server.clock.now());
  const { query = {} } = await signer.presign(
    { method, protocol: 'http:', hostname: '127.0.0.1', path, query: {}, headers },
    { signingDate, expiresIn },
  );
  return `${path}?${new URLSearchParams(query as Record<string, string>)}`;
}

test('presigned URLs allow what they allow, unchanged, and expire with them', async () => {
  const harness = await openEscapeHarness();
  const { server, input, output, neighbour } = harness;
  const week = 7 * 24 * 3600;
  const use = async (path: string, method = 'GET', body = '') => {
    const answer = await sendRaw(server.url, { method, path, body, headers: { host: new URL(server.url).host } });
    const code = /<Code>(\w+)</.exec(answer.body)?.[1] ?? 'ok';
    expect((await harness.logLineOf(answer)).outcome).toBe(code);
    return code;
  };
  const read = await presign(harness, 'GET', input, week);
  const token = encodeURIComponent(harness.keys.sessionToken ?? '');
  expect({
    read: await use(read),
    write: await use(await presign(harness, 'PUT', output, 60), 'PUT', 'report'),
    'read another': await use(await presign(harness, 'GET', neighbour.input, 60)),
    'write the input': await use(await presign(harness, 'PUT', input, 60), 'PUT', 'x'),
    'list the bucket': await use(await presign(harness, 'GET', '/my-artifacts', 60)),
    'another method': await use(read, 'PUT', 'x'),
    'another path': await use(read.replace(input, neighbour.input)),
    'another token': await use(read.replace(token, encodeURIComponent(neighbour.keys.sessionToken ?? ''))),
    'no token': await use(read.replace('X-Amz-Security-Token', 'x')),
    'another life': await use(read.replace(`Expires=${week}`, 'Expires=60')),
  }).toEqual({
    read: 'ok',
    write: 'ok',
    'read another': 'AccessDenied',
    'write the input': 'AccessDenied',
    'list the bucket': 'AccessDenied',
    'another method': 'SignatureDoesNotMatch',
    'another path': 'SignatureDoesNotMatch',
    'another token': 'InvalidToken',
    'no token': 'InvalidAccessKeyId',
    'another life': 'SignatureDoesNotMatch',
  });
  const short = await presign(harness, 'GET', input, 60);
  server.clock.advance(61_000);
  expect([await use(short), await use(read)]).toEqual(['AccessDenied', 'ok']);
  server.clock.advance(quarterMs - 61_000 + 1000);
  expect(await use(read)).toBe('ExpiredToken');
  expect(server.logText()).not.toContain(harness.keys.sessionToken);
});

test('after the job has ended, all its credentials can read its inputs and nothing else', async () => {
  const harness = await openEscapeHarness();
  const { server, job, input, output, outcomeOf } = harness;
  const client = server.codePipeline();
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  const fresh = jobDetails?.data?.artifactCredentials as Keys;
  const writes = [
    { method: 'PUT', path: output, body: 'late' },
    { method: 'PUT', path: output, headers: { 'x-amz-copy-source': input } },
    { method: 'POST', path: output, query: 'uploads=' },
    { path: output, query: 'uploadId=any' },
  ];
  const reads = [{ path: output }, { method: 'HEAD', path: output }];
  for (const keys of [fresh, harness.keys]) {
    for (const attempt of [...writes, ...reads]) expect(await outcomeOf({ ...attempt, keys })).toBe('AccessDenied');
    expect(await outcomeOf({ path: input, keys })).toBe('ok');
  }
  const { body } = await harness.send({ method: 'PUT', path: output, body: 'late' });
  expect(body).toContain(`because the job ${job.id} has ended`);
});

test('deleting the pipeline ends write access immediately; inputs can be read until the credentials expire', async () => {
  const harness = await openEscapeHarness();
  const { server, job, keys, input, output, neighbour, outcomeOf } = harness;
  await server.codePipeline().send(new DeletePipelineCommand({ name: pipelineName }));
  const { jobDetails } = await server.codePipeline().send(new GetJobDetailsCommand({ jobId: job.id }));
  const fresh = jobDetails?.data?.artifactCredentials as Keys;
  expect(await outcomeOf({ method: 'PUT', path: output, body: 'late', keys: fresh })).toBe('AccessDenied');
  expect(await readWith(harness, keys)).toBe('ok');
  expect(await outcomeOf({ method: 'PUT', path: output, body: 'late' })).toBe('AccessDenied');
  expect(await outcomeOf({ path: neighbour.input })).toBe('AccessDenied');
  server.clock.advance(quarterMs + 1000);
  expect(await outcomeOf({ path: input })).toBe('ExpiredToken');
});
