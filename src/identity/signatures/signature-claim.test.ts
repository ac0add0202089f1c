import { expect, test } from 'vitest';
import { peekCredentialScope, readClaim } from './signature-claim.ts';

function signedFor(credential: string) {
  return { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=ab` };
}

test('reads service and region before verifying anything', () => {
  const scope = { service: 's3', region: 'eu-west-1' };
  expect(peekCredentialScope(signedFor('AKIAX/20260301/eu-west-1/s3/aws4_request'), '')).toEqual(scope);
  const authorization = 'AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AKIAX/20260301/eu-west-1/s3/aws4_request';
  expect(peekCredentialScope({ authorization }, '')).toEqual(scope);
  const query = 'a=b&X-Amz-Credential=AKIAX%2F20260301%2Feu-west-1%2Fs3%2Faws4_request';
  expect(peekCredentialScope({}, query)).toEqual(scope);
  expect(peekCredentialScope({}, 'X-Amz-Credential=AKIAX/20260301/eu-west-1/s3/aws4_request')).toEqual(scope);
});

test.each(['', 'a', 'a/b/c/d', 'a/b/c/d/e/f', 'a/b//d/e', 'a/b/c//e'])(
  'reads nothing from the credential %j',
  (text) => {
    expect(peekCredentialScope(signedFor(text), '')).toBeUndefined();
    expect(peekCredentialScope({}, `X-Amz-Credential=${text}`)).toBeUndefined();
  },
);

test.each(['', 'prefix=X-Amz-Credential=a/b/c/d/e', 'X-Amz-Credential=%E0%A4%A', '%'])(
  'nor of the query %j',
  (query) => {
    expect(peekCredentialScope({}, query)).toBeUndefined();
  },
);

/** Reads the claim of a request with this header. */
function claimOf(authorization: string) {
  const headers = { authorization, 'x-amz-date': '20260301T000000Z' };
  return readClaim({ service: 's3', method: 'GET', path: '/', query: '', headers, payloadHash: '' }, []);
}

const usual = {
  algorithm: 'AWS4-HMAC-SHA256',
  credential: 'AKIAX/20260301/eu-west-1/s3/aws4_request',
  signedHeaders: ['host', 'x-amz-date'],
};
const head = `${usual.algorithm} Credential=${usual.credential}, SignedHeaders=host;x-amz-date`;

test('reads each signature of a client that sends the same head', () => {
  for (const signature of ['ab', 'cd', 'ab']) {
    expect(claimOf(`${head}, Signature=${signature}`)).toMatchObject({ ...usual, signature });
  }
  expect(claimOf(`${head.replace('AKIAX', 'AKIAY')}, Signature=ab`).credential).toContain('AKIAY/');
  expect(claimOf(`${head};range, Signature=ab`).signedHeaders).toContain('range');
});

test.each([
  `${usual.algorithm} SignedHeaders=host;x-amz-date,Credential=${usual.credential},Signature=ab`,
  `${usual.algorithm} Signature=ab, SignedHeaders=host;x-amz-date, Credential=${usual.credential}`,
  `${head}, Signature=cd, Signature=ab`,
  `${head},  Signature=ab,`,
])('reads the same claim from %j', (authorization) => {
  expect(claimOf(authorization)).toMatchObject({ ...usual, signature: 'ab' });
});

test.each([`${head}, Signature=ab, more`, `${head}, Signature=`, `${head}, Signature=ab more`])(
  'refuses %j although its head is known',
  (authorization) => {
    claimOf(`${head}, Signature=ab`);
    expect(() => claimOf(authorization)).toThrow(/Authorization/);
  },
);
