import { expect, test } from 'vitest';
import { peekCredentialScope } from './signature-claim.ts';

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
