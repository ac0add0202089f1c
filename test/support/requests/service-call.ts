import { serviceProtocols } from '../../../src/contract/service-models.ts';
import { type Keys, rootKey } from './client-config.ts';
import { callRaw, type RawAnswer } from './signed-request.ts';

/** Calls an operation of another service without an SDK; a text is sent as it is. */
export async function callService(
  url: string,
  service: string,
  operation: string,
  input: object | string,
  { keys = rootKey, headers = {} }: { keys?: Keys; headers?: Record<string, string> } = {},
): Promise<RawAnswer & { document: Record<string, unknown> }> {
  const protocol = serviceProtocols.find(({ name }) => name === service);
  if (!protocol) throw new Error(`${service} is not served`);
  const answer = await callRaw(url, operation, typeof input === 'string' ? input : JSON.stringify(input), {
    keys,
    service,
    headers: {
      'Content-Type': protocol.contentType,
      'X-Amz-Target': `${protocol.targetPrefix}.${operation}`,
      ...headers,
    },
  });
  return { ...answer, document: JSON.parse(answer.body || '{}') as Record<string, unknown> };
}
