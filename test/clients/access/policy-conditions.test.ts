import { ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { callOwn } from '../../support/requests/own-api.ts';
import { callRaw } from '../../support/requests/signed-request.ts';
import { type Keys, region, serve } from '../../support/servers/server.ts';

/** Creates a key that may do everything under a condition. */
async function keyUnder(url: string, Condition: object): Promise<Keys> {
  const policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition }] });
  return (await callOwn<Keys>(url, 'CreateAccessKey', { name: 'conditional', policies: [policy] })).answer;
}

test.each([
  ['the address of the connection', { IpAddress: { 'aws:SourceIp': ['198.51.100.7', '127.0.0.0/8'] } }, true],
  ['another address', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, false],
  ['any address but its own', { NotIpAddress: { 'aws:SourceIp': '127.0.0.1' } }, false],
  ['the region of the signature', { StringEquals: { 'aws:RequestedRegion': region } }, true],
  ['another region', { StringEquals: { 'aws:RequestedRegion': 'eu-north-1' } }, false],
  ['no TLS', { Bool: { 'aws:SecureTransport': 'false' } }, true],
  ['TLS', { Bool: { 'aws:SecureTransport': 'true' } }, false],
])('a condition on %s', async (_, condition, expected) => {
  const { url, codePipeline, s3 } = await serve();
  const keys = await keyUnder(url, condition);
  const isAllowed = (call: Promise<unknown>) =>
    call.then(
      () => true,
      ({ name }: Error) => (/^AccessDenied/.test(name) ? false : name),
    );
  expect(await isAllowed(codePipeline(keys).send(new ListPipelinesCommand({})))).toBe(expected);
  expect(await isAllowed(s3(keys).send(new ListBucketsCommand({})))).toBe(expected);
  expect((await callOwn(url, 'ListAccessKeys', {}, keys)).status).toBe(expected ? 200 : 400);
});

test('ignores an address in a proxy header', async () => {
  const { url } = await serve();
  const call = (keys: Keys) =>
    callRaw(url, 'ListPipelines', '{}', { keys, headers: { 'X-Forwarded-For': '203.0.113.9' } });
  const inside = await keyUnder(url, { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '127.0.0.0/8'] } });
  expect(JSON.parse((await call(inside)).body)).toMatchObject({ __type: 'AccessDeniedException' });
  const outside = await keyUnder(url, { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } });
  expect((await call(outside)).status).toBe(200);
});

test('rejects a value that is not an address', async () => {
  const { url } = await serve();
  const policy = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } },
    ],
  });
  expect(await callOwn(url, 'CreateAccessKey', { name: 'x', policies: [policy] })).toMatchObject({
    status: 400,
    answer: { message: expect.stringContaining("invalid address or address range '10.0.0.0/33'") },
  });
});
