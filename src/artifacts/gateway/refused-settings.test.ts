import { expect, test } from 'vitest';
import { openGateway } from '../../../test/support/servers/gateway.ts';

test('rejects deletions with conditions that stores may not know, and sends nothing', async () => {
  const live = await openGateway((_request, response) => response.end());
  const refused = { status: 400, text: expect.stringContaining('<Code>NotImplemented</Code>') };
  const headers = { 'x-amz-if-match-size': '3' };
  expect(await live.send({ method: 'DELETE', path: '/bucket/k', headers })).toMatchObject(refused);
  const body = '<Delete><Object><Key>k</Key><Size>3</Size></Object></Delete>';
  expect(await live.send({ method: 'POST', path: '/bucket?delete', body })).toMatchObject(refused);
  expect(live.requests).toEqual([]);
});

test('rejects bucket settings other than the default ACL', async () => {
  const live = await openGateway((_request, response) => response.end());
  for (const setting of ['policy', 'lifecycle', 'notification']) {
    const answer = await live.send({ method: 'PUT', path: `/bucket?${setting}`, body: '{}' });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>NotImplemented</Code>') });
  }
  expect(live.requests).toEqual([]);
  expect(await live.send({ path: '/bucket?policy' })).toMatchObject({
    status: 404,
    text: expect.stringContaining('<Code>NoSuchBucketPolicy</Code>'),
  });
  const headers = { 'x-amz-acl': 'private' };
  expect((await live.send({ method: 'PUT', path: '/bucket?acl', headers })).status).toBe(200);
  expect(live.requests.map(({ line }) => line)).toEqual(['HEAD /bucket', 'HEAD /bucket']);
});
