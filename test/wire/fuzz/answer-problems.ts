import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isOperationName } from '../../../src/contract/model.ts';
import type { FuzzRequest } from '../../support/requests/request-signer.ts';
import type { RawAnswer } from '../../support/requests/signed-request.ts';
import { operationOf } from '../bounded-model.ts';
import { declaredErrors } from '../errors/declared-errors.ts';

/** Errors of the front door, before an operation is reached. */
const frontDoorCodes = [
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
];

/** Errors of requests that are too large. */
const sizeCodes: Record<string, number> = { RequestEntityTooLargeException: 413, RequestHeaderSectionTooLarge: 431 };

const xml = new XMLParser();

/** Returns what is wrong with an answer; undefined if it is no 5xx and clients can parse it. */
export function answerProblem(request: FuzzRequest, answer: RawAnswer): string | undefined {
  const { status, body, headers } = answer;
  if (status >= 500) return `status ${status}`;
  if (status < 200) return `status ${status}`;
  if (request.method === 'HEAD' || status === 304 || status === 204)
    return body === '' ? undefined : 'an unexpected body';
  const type = headers['content-type'] ?? '';
  if (type === 'application/x-amz-json-1.1') return jsonProblem(request, status, body);
  if (status < 400) return undefined;
  if (type === 'application/json') return status === 404 ? parseError(body) : `status ${status} of ours`;
  if (type === 'application/xml' || type === 'text/xml') return xmlProblem(body);
  return `an error of the type '${type}'`;
}

function parseError(body: string): string | undefined {
  try {
    JSON.parse(body);
    return undefined;
  } catch {
    return 'JSON that does not parse';
  }
}

function jsonProblem({ headers }: FuzzRequest, status: number, body: string): string | undefined {
  if (status === 200) return body === '' ? undefined : parseError(body);
  const broken = parseError(body);
  if (broken !== undefined) return broken;
  const { __type: code, ...rest } = JSON.parse(body) as Record<string, unknown>;
  if (typeof code !== 'string') return 'an error without __type';
  if (status !== (sizeCodes[code] ?? 400)) return `${code} with the status ${status}`;
  const textMember = code === 'SerializationException' ? 'Message' : 'message';
  const unknown = Object.keys(rest).find((name) => name !== textMember);
  if (unknown !== undefined) return `${code} with the member ${unknown}`;
  if (code in sizeCodes) return undefined;
  const [, operation = ''] = headers['x-amz-target']?.split('.') ?? [];
  return frontDoorCodes.includes(code) || isErrorOf(operation, code)
    ? undefined
    : `${code}, which ${operation} does not declare`;
}

function isErrorOf(operation: string, code: string): boolean {
  if (!isOperationName(operation)) return false;
  const errors = declaredErrors[operation];
  return operationOf(operation).errors.includes(code) || code in (errors.undeclared ?? {});
}

function xmlProblem(body: string): string | undefined {
  if (XMLValidator.validate(body) !== true) return 'XML that does not parse';
  const document = xml.parse(body) as { Error?: { Code?: unknown }; ErrorResponse?: { Error?: { Code?: unknown } } };
  const code = document.Error?.Code ?? document.ErrorResponse?.Error?.Code;
  if (typeof code !== 'string' || code === '') return 'an error without Code';
  return /^Internal/.test(code) ? code : undefined;
}
