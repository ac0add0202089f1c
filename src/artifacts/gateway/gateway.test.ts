import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testAccount } from '../../../test/support/servers/bare-endpoint.ts';
import { openGateway } from '../../../test/support/servers/gateway.ts';

function xml(response: ServerResponse, document: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(document);
}

const errorOf = (code: string) =>
  `<Error><Code>${code}</Code><Message>text</Message><Key>k</Key><HostId>inner</HostId><RequestId>theirs</RequestId></Error>`;

test("the store's error is passed on with our request id and without the store's internals", async () => {
  const live = await openGateway((_request, response) => xml(response, errorOf('NoSuchKey'), 404));
  const { status, text } = await live.send({ path: '/bucket/k' });
  expect(status).toBe(404);
  expect(text).toContain('<Code>NoSuchKey</Code><Message>text</Message><Key>k</Key>');
  expect(text).toContain('<RequestId>request-1</RequestId>');
  expect(text).not.toContain('inner');
  expect(live.errors).toEqual([]);
});

test.each([
  ['InternalError', 500, 503, 'ServiceUnavailable', 1],
  ['SlowDown', 503, 503, 'SlowDown', 0],
  ['NotImplemented', 501, 400, 'NotImplemented', 0],
  ['SignatureDoesNotMatch', 403, 403, 'AccessDenied', 1],
  ['InvalidAccessKeyId', 403, 403, 'AccessDenied', 1],
  ['AccessDenied', 403, 403, 'AccessDenied', 1],
  ['PermanentRedirect', 301, 400, 'InvalidRequest', 0],
])(
  "the store's %s (%i) becomes %i %s, and is logged if the operator must act",
  async (code, theirs, ours, expected, logged) => {
    const live = await openGateway((_request, response) => xml(response, errorOf(code), theirs));
    const { status, text, headers } = await live.send({ path: '/bucket/k' });
    expect({ status, hasCode: text.includes(`<Code>${expected}</Code>`) }).toEqual({ status: ours, hasCode: true });
    expect(headers['retry-after']).toBe(ours === 503 ? '5' : undefined);
    expect(live.errors).toHaveLength(logged);
  },
);

test('an error inside a 200 response is an error (CompleteMultipartUpload, CopyObject)', async () => {
  const live = await openGateway((_request, response) =>
    xml(response, `<?xml version="1.0"?>\n  ${errorOf('NoSuchUpload')}`),
  );
  const body =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>';
  const answer = await live.send({ method: 'POST', path: '/bucket/k?uploadId=u', body });
  expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('<Code>NoSuchUpload</Code>') });
});

test('a store that is down becomes a logged 503 with Retry-After, and ServiceUnavailable in process', async () => {
  const live = await openGateway(() => undefined);
  await live.stop();
  const answer = await live.send({ method: 'PUT', path: '/bucket/k', body: 'bytes' });
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  expect(answer.text).toContain('<Code>ServiceUnavailable</Code>');
  expect(live.errors[0]).toContain('ECONNREFUSED');
  const failing = live.objects.headObject({ account: testAccount, bucket: 'bucket', key: 'k' });
  await expect(failing).rejects.toMatchObject({ name: 'ServiceUnavailable' });
});

test('an object that ends early at the store ends early for the client, and is logged', async () => {
  const live = await openGateway((_request, response) => {
    response.writeHead(200, { 'content-length': '100000' });
    response.write('the beginning', () => response.destroy());
  });
  await expect(live.send({ path: '/bucket/k' })).rejects.toThrow();
  await live.settled();
  expect(live.errors[0]).toContain('not available');
});

test('a store that disconnects during an upload becomes 503', async () => {
  const live = await openGateway((request) => void request.once('data', () => request.destroy()));
  const answer = await live.send({ method: 'PUT', path: '/bucket/k', body: Buffer.alloc(3_000_000) });
  expect(answer).toMatchObject({ status: 503 });
});

test('an error that comes before the bytes is passed on without reading them', async () => {
  const live = await openGateway((_request, response) => xml(response, errorOf('NoSuchBucket'), 404));
  const headers = { expect: '100-continue', 'content-length': '5' };
  const answer = await live.send({ method: 'PUT', path: '/bucket/k', headers });
  expect(answer).toMatchObject({ status: 404 });
});

test('bytes that differ from the declared ones never reach the store completely', async () => {
  const ends: unknown[] = [];
  const live = await openGateway((request, response) => {
    readAll(request).then(
      (body) => {
        ends.push(body);
        response.end();
      },
      (error: NodeJS.ErrnoException) => ends.push(error.code),
    );
  });
  const put = (sum: string) =>
    live.send({ method: 'PUT', path: '/bucket/k', body: 'bytes', headers: { 'x-amz-checksum-crc32': sum } });
  expect(await put('AAAAAA==')).toMatchObject({ status: 400, text: expect.stringContaining('BadDigest') });
  await expect.poll(() => ends).toEqual(['ECONNRESET']);
});

test('a request is repeated if the store had closed the idle connection', async () => {
  const sockets = new Set<IncomingMessage['socket']>();
  const live = await openGateway((request, response) => {
    // Like a store whose idle timeout ends at this moment.
    if (sockets.has(request.socket)) request.socket.destroy();
    else response.writeHead(200, { 'content-length': '2' }).end('ok');
    sockets.add(request.socket);
  });
  for (let count = 0; count < 3; count += 1)
    expect(await live.send({ path: '/bucket/k' })).toMatchObject({ text: 'ok' });
});

test('only known headers and parameters are passed in either direction', async () => {
  const live = await openGateway((_request, response) => {
    response.writeHead(200, { 'content-length': '0', server: 'inner', 'x-inner': '1', etag: '"e"' }).end();
  });
  const path = '/bucket/k?versionId=v&append=1&X-Amz-Credential=c&x-id=GetObject';
  const headers = { range: 'bytes=0-1', 'x-amz-security-token': 'ours', 'x-inner': '1', authorization: 'ours' };
  const answer = await live.send({ path, headers });
  expect(answer.headers).not.toHaveProperty('x-inner');
  expect(answer.headers).toMatchObject({ etag: '"e"', 'x-amz-request-id': 'request-1' });
  const [sent] = live.requests;
  expect(sent?.line).toBe('GET /bucket/k?versionId=v');
  expect(sent?.headers).toMatchObject({ range: 'bytes=0-1' });
  for (const name of ['x-inner', 'x-amz-security-token', 'authorization'])
    expect(sent?.headers).not.toHaveProperty(name);
});

test('rejects keys with dot segments, also as the source of a copy', async () => {
  const live = await openGateway((_request, response) => response.end());
  const keys = ['a/../../other/secret', 'a/./b', '..'];
  for (const key of keys.map((raw) => raw.replaceAll('/', '%2F'))) {
    expect(await live.send({ path: `/bucket/${key}` })).toMatchObject({ status: 400 });
    const copy = { method: 'PUT', path: '/bucket/k', headers: { 'x-amz-copy-source': `/bucket/${key}` } };
    expect(await live.send(copy)).toMatchObject({ status: 400 });
  }
  for (const bucket of ['%2E%2E', 'a%2Fb', 'tenant:b']) {
    expect(await live.send({ path: `/${bucket}/k` })).toMatchObject({ status: 404 });
  }
  expect(live.requests).toEqual([]);
});

test('a copy needs the right to its source', async () => {
  const live = await openGateway((_request, response) => response.end());
  Object.assign(live.overrides, { isAllowed: (action: string) => action === 's3:PutObject' });
  const headers = { 'x-amz-copy-source': '/other/secret' };
  expect(await live.send({ method: 'PUT', path: '/bucket/k', headers })).toMatchObject({ status: 403 });
  expect(await live.send({ method: 'PUT', path: '/bucket/k?partNumber=1&uploadId=u', headers })).toMatchObject({
    status: 403,
  });
  expect(live.requests).toEqual([]);
});

test('of many deletions the store gets only the allowed ones; the response lists the others', async () => {
  const bodies: string[] = [];
  const live = await openGateway(async (request, response) => {
    bodies.push(await readAll(request));
    xml(response, '<DeleteResult><Deleted><Key>mine</Key></Deleted></DeleteResult>');
  });
  Object.assign(live.overrides, { isAllowed: (_action: string, _bucket: string, key?: string) => key === 'mine' });
  const body = '<Delete><Object><Key>mine</Key></Object><Object><Key>theirs</Key></Object></Delete>';
  const { text } = await live.send({ method: 'POST', path: '/bucket?delete', body });
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toContain('<Key>mine</Key>');
  expect(bodies[0]).not.toContain('theirs');
  expect(text).toContain('<Deleted><Key>mine</Key></Deleted><Error><Key>theirs</Key><Code>AccessDenied</Code>');
});

test("a bucket prefix is hidden from the account, which doesn't see the buckets of others", async () => {
  const list = `<ListBucketResult><Name>acme-${testAccount}-bucket</Name><Contents><Key>&lt;Name>x</Key></Contents></ListBucketResult>`;
  const all = ['a', `acme-${testAccount}-mine`, 'acme-999999999999-theirs']
    .map((name) => `<Bucket><Name>${name}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>`)
    .join('');
  const live = await openGateway(
    (request, response) =>
      request.url === '/'
        ? xml(response, `<ListAllMyBucketsResult><Buckets>${all}</Buckets></ListAllMyBucketsResult>`)
        : xml(response, list),
    { bucketPrefix: 'acme-{account}-' },
  );
  const { text } = await live.send({ path: '/bucket?list-type=2&prefix=a%20b' });
  expect(text).toContain('<Name>bucket</Name>');
  expect(live.requests[0]?.line).toBe(`GET /acme-${testAccount}-bucket?list-type=2&prefix=a%20b`);
  const buckets = (await live.send({ path: '/' })).text;
  expect([...buckets.matchAll(/<Name>([^<]*)</g)].map(([, name]) => name)).toEqual(['mine']);
});

test('encryption headers are forwarded only if configured', async () => {
  const headers = { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'k1' };
  const put = async (passesEncryption: boolean) => {
    const live = await openGateway((request, response) => void request.resume().once('end', () => response.end()), {
      passesEncryption,
    });
    expect(await live.send({ method: 'PUT', path: '/bucket/k', body: 'x', headers })).toMatchObject({ status: 200 });
    return live.requests[0]?.headers;
  };
  expect(await put(false)).not.toHaveProperty('x-amz-server-side-encryption');
  expect(await put(true)).toMatchObject(headers);
});

test('detects a store that ignores a sub-resource', async () => {
  const live = await openGateway((_request, response) => response.end('the bytes of the object'));
  const answer = await live.send({ path: '/bucket/k?attributes', headers: { 'x-amz-object-attributes': 'ETag' } });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('NotImplemented') });
});

test('rejects other accounts if bucket names do not contain the account', async () => {
  const live = await openGateway((_request, response) => response.end());
  Object.assign(live.overrides, { account: '999999999999' });
  expect(await live.send({ path: '/bucket/k' })).toMatchObject({ status: 403 });
  expect(live.requests).toEqual([]);
});

test('a client that disconnects during an upload leaves nothing at the store', async () => {
  let isAborted = false;
  const live = await openGateway((request) => {
    request.on('error', () => undefined);
    request.once('close', () => {
      isAborted = !request.complete;
    });
  });
  const { request } = await import('node:http');
  const client = request({
    port: live.port,
    host: '127.0.0.1',
    method: 'PUT',
    path: '/bucket/k',
    headers: { 'content-length': '100' },
  });
  client.on('error', () => undefined);
  client.write('some');
  await once(client, 'socket');
  await expect.poll(() => live.requests.length).toBe(1);
  client.destroy();
  await expect.poll(() => isAborted).toBe(true);
  expect(live.errors).toEqual([]);
});
