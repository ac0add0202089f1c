import { modelledErrors } from '../../../src/contract/generated.ts';
import { isOwnOperationName, operationOf } from '../../../src/contract/model.ts';
import { type Keys, rootKey } from '../servers/server.ts';
import { callRaw } from './signed-request.ts';

/** Calls our own API; returns the status and the response. Throws for an error that the operation does not declare. */
export async function callOwn<Answer = Record<string, unknown>>(
  url: string,
  operation: string,
  input: object,
  keys: Keys = rootKey,
): Promise<{ status: number; answer: Answer }> {
  const { status, body } = await callRaw(url, operation, JSON.stringify(input), {
    keys,
    service: 'millrace',
    headers: {
      'X-Amz-Target': `Millrace.${operation}`,
      ...(keys.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': keys.sessionToken }),
    },
  });
  const answer = JSON.parse(body) as Answer;
  requireDeclared(operation, (answer as { __type?: string }).__type);
  return { status, answer };
}

/** Errors of the front door, which may end any call, are not declared. */
function requireDeclared(operation: string, code: string | undefined): void {
  if (code === undefined || !Object.hasOwn(modelledErrors, code) || !isOwnOperationName(operation)) return;
  if (operationOf(operation).errors.includes(code)) return;
  throw new Error(`src/contract/millrace.json does not declare ${code} for ${operation}`);
}

/** Creates a key with one policy that allows these actions on all resources. */
export async function createKey(url: string, name: string, actions: string[]): Promise<Keys> {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  const input = { name, policies: [JSON.stringify(policy)] };
  return (await callOwn<Required<Keys>>(url, 'CreateAccessKey', input)).answer;
}
