import { describe, expect, test } from 'vitest';
import { AuthenticationError } from './authentication-error.ts';
import { createAuthenticator } from './authenticator.ts';
import { jsonRefusal, s3Refusal, stsRefusal } from './refusals.ts';
import type { RequestHeaders, SignedRequest } from './signed-request.ts';

const at = Date.UTC(2026, 2, 1, 12);
const { authenticate } = createAuthenticator({
  accessKeys: { find: async () => undefined },
  jobCredentials: { openSessionToken: () => undefined },
  now: () => at,
});

const scheme = 'AWS4-HMAC-SHA256';
const credential = 'AKIAX/20260301/eu-west-1/codepipeline/aws4_request';

interface Written {
  algorithm?: string;
  credential?: string;
  signedHeaders?: string;
  date?: string | undefined;
  headers?: RequestHeaders;
}

function write(written: Written): RequestHeaders {
  const { algorithm = scheme, signedHeaders = 'host;x-amz-date' } = written;
  return {
    host: 'localhost',
    'x-amz-date': 'date' in written ? written.date : '20260301T120000Z',
    authorization: `${algorithm} Credential=${written.credential ?? credential}, SignedHeaders=${signedHeaders}, Signature=ab`,
    ...written.headers,
  };
}

async function refuse(headers: RequestHeaders, more: Partial<SignedRequest> = {}): Promise<AuthenticationError> {
  const request = { service: 'codepipeline', method: 'POST', path: '/', query: '', payloadHash: 'x', ...more } as const;
  const error: unknown = await authenticate({ ...request, headers }).catch((reason: unknown) => reason);
  if (error instanceof AuthenticationError) return error;
  throw new Error(`not refused properly: ${String(error)}`);
}

const s3Statuses = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  InvalidAccessKeyId: 403,
  InvalidRequest: 400,
  InvalidToken: 400,
  RequestTimeTooSkewed: 403,
};
const missing = 'Missing Authentication Token';
const header = `${scheme} Credential=${credential}`;

describe('each error for a JSON service and for S3', () => {
  test.each<[string, RequestHeaders, string, string, keyof typeof s3Statuses]>([
    ['unsigned', { host: 'a' }, 'MissingAuthenticationTokenException', missing, 'AccessDenied'],
    ['another scheme', { authorization: 'Bearer x' }, 'MissingAuthenticationTokenException', missing, 'AccessDenied'],
    [
      'signature version 2',
      { authorization: 'AWS AKIAX:abc=' },
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS'.",
      'InvalidRequest',
    ],
    [
      'nothing but the scheme',
      { authorization: scheme },
      'IncompleteSignatureException',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
        `'X-Amz-Date' or a 'Date' header. Authorization=${scheme}`,
      'AuthorizationHeaderMalformed',
    ],
    [
      'one part missing',
      { authorization: `${header}, Signature=ab`, 'x-amz-date': '20260301T120000Z' },
      'IncompleteSignatureException',
      `Authorization header requires 'SignedHeaders' parameter. Authorization=${header}, Signature=ab`,
      'AuthorizationHeaderMalformed',
    ],
    [
      'a part without a value',
      { authorization: `${header}, Signature`, 'x-amz-date': '20260301T120000Z' },
      'IncompleteSignatureException',
      `'Signature' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}, Signature'.`,
      'AuthorizationHeaderMalformed',
    ],
    [
      'no date',
      write({ date: undefined }),
      'IncompleteSignatureException',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
        `Authorization=${String(write({}).authorization)}`,
      'AccessDenied',
    ],
    [
      'no such date',
      write({ date: '20260230T120000Z' }),
      'IncompleteSignatureException',
      "Date must be in ISO-8601 'basic format'. Got '20260230T120000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
      'AccessDenied',
    ],
    [
      'a slow clock',
      write({ date: '20260301T114459Z' }),
      'InvalidSignatureException',
      'Signature expired: 20260301T114459Z is now earlier than 20260301T114500Z (20260301T120000Z - 15 min.)',
      'RequestTimeTooSkewed',
    ],
    [
      'a fast clock',
      write({ date: undefined, headers: { date: 'Sun, 01 Mar 2026 12:15:01 GMT' } }),
      'InvalidSignatureException',
      'Signature not yet current: 20260301T121501Z is still later than 20260301T121500Z (20260301T120000Z + 15 min.)',
      'RequestTimeTooSkewed',
    ],
    [
      'an unsigned host',
      write({ signedHeaders: 'x-amz-date' }),
      'InvalidSignatureException',
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
      'AccessDenied',
    ],
    [
      'an unsigned target',
      write({ headers: { 'x-amz-target': 'CodePipeline_20150709.PollForJobs' } }),
      'InvalidSignatureException',
      "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
      'AccessDenied',
    ],
    [
      'another algorithm',
      write({ algorithm: 'AWS4-HMAC-SHA25' }),
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
      'InvalidRequest',
    ],
    [
      'four parts of five',
      write({ credential: 'a/b/c/d' }),
      'IncompleteSignatureException',
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
      'AuthorizationHeaderMalformed',
    ],
    [
      'everything wrong with the scope',
      write({ credential: 'AKIAX/20260228/Eu_West/s4/aws5' }),
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'Eu_West'. " +
        "Credential should be scoped to correct service: 'codepipeline'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. " +
        'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        "'20260228' != '20260301', from '20260301T120000Z'. ",
      'AuthorizationHeaderMalformed',
    ],
    [
      'an unknown key',
      write({}),
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'InvalidAccessKeyId',
    ],
    [
      'an unknown token',
      write({ headers: { 'x-amz-security-token': 'x' } }),
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'InvalidToken',
    ],
  ])('%s', async (_, headers, code, message, s3Code) => {
    const error = await refuse(headers);
    expect(jsonRefusal(error)).toMatchObject({ code, message, httpStatus: 400 });
    expect(s3Refusal(error)).toMatchObject({ code: s3Code, status: s3Statuses[s3Code] });
    expect(s3Refusal(error).message).not.toBe('');
  });

  test('a signature in both header and query', async () => {
    const error = await refuse(write({}), { query: `X-Amz-Algorithm=${scheme}` });
    expect(jsonRefusal(error)).toMatchObject({
      code: 'InvalidSignatureException',
      message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    });
    expect(s3Refusal(error)).toMatchObject({ code: 'InvalidArgument', status: 400 });
  });
});

test('STS has its own codes', () => {
  const expired = new AuthenticationError('expired-token', 'The security token included in the request is expired');
  expect(stsRefusal(expired)).toEqual({ code: 'ExpiredToken', status: 403, message: expired.message });
  expect(stsRefusal(new AuthenticationError('signature-mismatch', ''))).toMatchObject({
    code: 'SignatureDoesNotMatch',
  });
  expect(stsRefusal(new AuthenticationError('unknown-access-key', ''))).toMatchObject({ code: 'InvalidClientTokenId' });
});
