import type { Keys } from '../requests/client-config.ts';
import { callRaw } from '../requests/signed-request.ts';

/** Calls the API and returns the response; rejects with the error. */
export async function callJson<Answer = Record<string, unknown>>(
  url: string,
  operation: string,
  input: unknown,
  { keys }: { keys?: Keys } = {},
): Promise<Answer> {
  const { status, body } = await callRaw(url, operation, JSON.stringify(input), { keys });
  if (status !== 200) throw new Error(`${operation}: ${status} ${body.slice(0, 500)}`);
  return (body === '' ? {} : JSON.parse(body)) as Answer;
}
