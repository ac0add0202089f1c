import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAuthenticator } from './authenticator.ts';
import { createChunkVerifier } from './chunk-signature.ts';
import type { SignedRequest } from './signed-request.ts';

// The worked examples of the S3 API reference, signed by AWS itself with its documentation key on 24 May 2013.
const at = Date.UTC(2013, 4, 24);
const emptySha256 = createHash('sha256').digest('hex');
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

const authenticator = createAuthenticator({
  accessKeys: {
    find: async (accessKeyId) => ({
      accessKeyId,
      account: '123456789012',
      name: 'root',
      isRoot: true,
      createdAt: 0,
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    }),
  },
  jobCredentials: { openSessionToken: () => undefined },
  now: () => at,
});

function example(method: string, path: string, query: string, headers: Record<string, string>, signature: string) {
  const all = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': '20130524T000000Z', ...headers };
  const request: SignedRequest = {
    service: 's3',
    method,
    path,
    query,
    headers: {
      ...all,
      authorization:
        `AWS4-HMAC-SHA256 Credential=${scope},` +
        `SignedHeaders=${Object.keys(all).sort().join(';')},Signature=${signature}`,
    },
    payloadHash: all['x-amz-content-sha256' as keyof typeof all] ?? '',
  };
  return request;
}

describe('whole bodies', () => {
  test.each([
    example(
      'GET',
      '/test.txt',
      '',
      { range: 'bytes=0-9', 'x-amz-content-sha256': emptySha256 },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
    example(
      'PUT',
      '/test$file.text',
      '',
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ),
    example(
      'GET',
      '/',
      'lifecycle',
      { 'x-amz-content-sha256': emptySha256 },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ),
    example(
      'GET',
      '/',
      'max-keys=2&prefix=J',
      { 'x-amz-content-sha256': emptySha256 },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
  ])('$method $path $query', async (request) => {
    const { region, signedAt, caller } = await authenticator.authenticate(request);
    expect({ region, signedAt, account: caller.account }).toEqual({
      region: 'us-east-1',
      signedAt: at,
      account: '123456789012',
    });
  });
});

test('a presigned URL', async () => {
  const url = {
    service: 's3' as const,
    method: 'GET',
    path: '/test.txt',
    query:
      `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope.replaceAll('/', '%2F')}&X-Amz-Date=20130524T000000Z` +
      '&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    headers: { host: 'examplebucket.s3.amazonaws.com' },
    payloadHash: '',
  };
  expect((await authenticator.authenticate(url)).payloadHash).toBe('UNSIGNED-PAYLOAD');
});

const chunks = [65536, 1024, 0].map((size) => createHash('sha256').update(Buffer.alloc(size, 'a')).digest('hex'));
const [first = '', second = '', last = ''] = chunks;

describe('a body in signed chunks', () => {
  const upload = example(
    'PUT',
    '/examplebucket/chunkObject.txt',
    '',
    {
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  );
  const signatures = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ] as const;

  test('verifies the chain in the API reference', async () => {
    const verifier = createChunkVerifier((await authenticator.authenticate(upload)).seed);
    expect(chunks.map((hash, index) => verifier.verifyChunk(hash, signatures[index] ?? ''))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('a missing, repeated or swapped chunk breaks the chain permanently', async () => {
    const { seed } = await authenticator.authenticate(upload);
    const leftOut = createChunkVerifier(seed);
    expect(leftOut.verifyChunk(second, signatures[1])).toBe(false);
    expect(leftOut.verifyChunk(first, signatures[0])).toBe(false);
    const repeated = createChunkVerifier(seed);
    expect(repeated.verifyChunk(first, signatures[0])).toBe(true);
    expect(repeated.verifyChunk(first, signatures[0])).toBe(false);
    const cutOff = createChunkVerifier(seed);
    expect(cutOff.verifyChunk(first, signatures[0])).toBe(true);
    expect(cutOff.verifyChunk(last, signatures[2])).toBe(false);
    expect(createChunkVerifier(seed).verifyChunk(second, signatures[0])).toBe(false);
    expect(createChunkVerifier(seed).verifyChunk(first, '')).toBe(false);
  });
});

test('a body in signed chunks with a signed trailer', async () => {
  const upload = example(
    'PUT',
    '/examplebucket/chunkObject.txt',
    '',
    {
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    },
    '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  );
  const { seed } = await authenticator.authenticate(upload);
  const trailerSignature = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435';
  const follow = () => {
    const verifier = createChunkVerifier(seed);
    expect(verifier.verifyChunk(first, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2')).toBe(true);
    expect(verifier.verifyChunk(second, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7')).toBe(true);
    expect(verifier.verifyChunk(last, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992')).toBe(true);
    return verifier;
  };
  expect(follow().verifyTrailer('x-amz-checksum-crc32c:sOO8/Q==\n', trailerSignature)).toBe(true);
  expect(follow().verifyTrailer('x-amz-checksum-crc32c:AAAA/Q==\n', trailerSignature)).toBe(false);
});
