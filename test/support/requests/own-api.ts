import { type Keys, rootKey } from '../servers/server.ts';
import { callRaw } from './signed-request.ts';

/** Calls our own API; returns the status and the response. */
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
  return { status, answer: JSON.parse(body) as Answer };
}

/** Creates a key with one policy that allows these actions on all resources. */
export async function createKey(url: string, name: string, actions: string[]): Promise<Keys> {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  const input = { name, policies: [JSON.stringify(policy)] };
  return (await callOwn<Required<Keys>>(url, 'CreateAccessKey', input)).answer;
}
