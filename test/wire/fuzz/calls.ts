import { targetPrefix } from '../../../src/contract/model.ts';
import type { Chance } from '../../support/engine/random.ts';
import { type FuzzRequest, sign } from '../../support/requests/request-signer.ts';
import { operationNames } from '../bounded-model.ts';
import { fuzzBody } from './bodies.ts';
import type { LiveInput } from './inputs.ts';
import { damage, headerSafe, oddText, oddValue } from './texts.ts';

const contentType = 'application/x-amz-json-1.1';

function post(target: string, body: Buffer, headers: Record<string, string> = {}): FuzzRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': contentType, 'x-amz-target': target, ...headers },
    body,
  };
}

/** Returns a correctly signed call with a nearly valid body. */
export function mutatedCall(chance: Chance, live: readonly LiveInput[], host: string): FuzzRequest {
  const { operation, input } = chance.pick(live) as LiveInput;
  return sign(post(`${targetPrefix}.${operation}`, fuzzBody(chance, input)), 'codepipeline', host);
}

/** Returns a correctly signed call with a random body. */
export function randomCall(chance: Chance, host: string): FuzzRequest {
  const body = Buffer.from(JSON.stringify(oddValue(chance, 6)) ?? '');
  return sign(post(`${targetPrefix}.${chance.pick(operationNames)}`, body), 'codepipeline', host);
}

const methods = ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'POST'];
const oddTypes = [
  '',
  'application/json',
  'application/x-amz-json-1.0',
  'text/xml',
  `${contentType}; charset=utf-16`,
  ';',
];

/** Returns a correctly signed call with an odd target, content type, method or query. */
export function oddEnvelope(chance: Chance, live: readonly LiveInput[], host: string): FuzzRequest {
  const { operation, input } = chance.pick(live) as LiveInput;
  const request = post(`${targetPrefix}.${operation}`, Buffer.from(JSON.stringify(input)));
  const { headers } = request;
  switch (chance.below(6)) {
    case 0:
      headers['x-amz-target'] = headerSafe(damage(chance, `${targetPrefix}.${operation}`));
      break;
    case 1:
      headers['content-type'] = headerSafe(
        chance.oneIn(2) ? (chance.pick(oddTypes) ?? '') : damage(chance, contentType),
      );
      break;
    case 2:
      delete headers[chance.pick(Object.keys(headers)) ?? ''];
      break;
    case 3:
      request.method = chance.pick(methods) ?? '';
      break;
    case 4:
      request.query = headerSafe(oddText(chance)).replaceAll(/[^!-~]|#/g, '');
      break;
    default:
      headers['x-millrace-wait-seconds'] = chance.pick(['', '-1', '21', 'NaN', '0', '1e9', '0x']) ?? '';
  }
  return sign(request, 'codepipeline', host);
}

/** Returns a call whose signature, date or another header was damaged after signing. */
export function brokenSignature(chance: Chance, live: readonly LiveInput[], host: string): FuzzRequest {
  const { operation, input } = chance.pick(live) as LiveInput;
  const service = chance.pick(['codepipeline', 's3', 'sts'] as const) ?? 's3';
  const signed = sign(post(`${targetPrefix}.${operation}`, Buffer.from(JSON.stringify(input))), service, host);
  const { headers } = signed;
  const name =
    chance.pick(['authorization', 'authorization', 'x-amz-date', ...Object.keys(headers)]) ?? 'authorization';
  if (name === 'host') return signed;
  if (chance.oneIn(4)) delete headers['x-amz-target'];
  if (chance.oneIn(6)) headers['x-amz-security-token'] = headerSafe(oddText(chance));
  if (chance.oneIn(6)) signed.query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${chance.below(1e9)}`;
  const value = headers[name] ?? '';
  if (chance.oneIn(5)) delete headers[name];
  else if (chance.oneIn(3)) headers[name] = headerSafe(value.replace(/[^=/, ;]+/, () => oddText(chance)));
  else headers[name] = headerSafe(damage(chance, value));
  return signed;
}
