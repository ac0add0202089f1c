import { sign } from '../requests/request-signer.ts';
import { callRaw, type RawAnswer, sendRaw } from '../requests/signed-request.ts';
import type { LoopCase } from './loop-case.ts';
import { createHookedPipeline, putOpenWebhook } from './open-webhook.ts';

const kib = 1024;
const mib = 1024 * kib;

/** Repeats `piece`, separated by commas, up to a number of bytes. */
function filled(piece: string, bytes: number): string {
  return Array(Math.floor(bytes / (piece.length + 1)))
    .fill(piece)
    .join(',');
}

function numbered(count: number, piece: (index: string) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index.toString(36))).join(',');
}

function expectStatus({ status, body }: RawAnswer, wanted: number): void {
  if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${body.slice(0, 300)}`);
}

function json(operation: string, input: string, body: () => string, status = 400): LoopCase {
  return {
    door: operation,
    input,
    attack: async ({ url }) => expectStatus(await callRaw(url, operation, body()), status),
  };
}

const jsonCases: LoopCase[] = [
  json('CreatePipeline', '60,000 objects', () => `{"a":[${filled('{}', 3 * 59_000)}]}`),
  json('CreatePipeline', '5,000 unknown members', () => `{${numbered(4990, (index) => `"${index}":[]`)}}`),
  json('CreatePipeline', '2 MiB of half surrogate pairs', () => `{"a":"${'\\ud800'.repeat((2 * mib - 20) / 6)}"}`),
  json('CreatePipeline', '2 MiB of escapes', () => `{"a":"${'\\n'.repeat(mib - 20)}"}`),
  json(
    'CreatePipeline',
    '9,000 actions',
    () =>
      `{"pipeline":{"stages":[{"actions":[${filled('{"name":"b","actionTypeId":{},"configuration":{"a":"b"}}', 9000 * 57)}]}]}}`,
  ),
  json(
    'CreatePipeline',
    '59,000 commands of an action',
    () => `{"pipeline":{"stages":[{"actions":[{"commands":[${filled('"a"', 4 * 59_000)}]}]}]}}`,
  ),
  json(
    'PutJobSuccessResult',
    '4,900 output variables',
    () => `{"jobId":"x","outputVariables":{${numbered(4900, (index) => `"${index}":"v"`)}}}`,
  ),
  json(
    'PutJobSuccessResult',
    'an output variable of 800 KiB',
    () => `{"jobId":"x","outputVariables":{"a":"${'\\u00fc'.repeat(136 * kib)}"}}`,
  ),
  json('UntagResource', 'as many keys as fit', () => `{"resourceArn":"arn","tagKeys":[${filled('"a"', 63 * kib)}]}`),
  json(
    'StartPipelineExecution',
    '832 KiB of names',
    () => `{${numbered(4990, (index) => `"${index.padEnd(160, 'x')}":1`)}}`,
  ),
];

async function sts(url: string, body: string): Promise<RawAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) };
  return sendRaw(url, { headers: sign(request, 'sts', new URL(url).host).headers, body });
}

const stsCases: LoopCase[] = [
  {
    door: 'STS',
    input: 'an action of 64 KiB that has to be escaped',
    async attack({ url }) {
      const answer = await sts(url, `Action=${'<'.repeat(64 * kib - 10)}`);
      expectStatus(answer, 400);
      if (answer.body.length > 2000) throw new Error('the action is repeated as a whole');
    },
  },
  {
    door: 'STS',
    input: '32,000 parameters',
    attack: async ({ url }) => expectStatus(await sts(url, `Action=AssumeRole${'&a'.repeat(32_000)}`), 400),
  },
  {
    door: 'STS',
    input: '4 MiB',
    attack: async ({ url }) => expectStatus(await sts(url, `Action=${'<'.repeat(4 * mib)}`), 413),
  },
];

const hookUrls = new Map<string, string>();

/** Returns an event to an unauthenticated webhook with these filters. */
function webhook(input: string, jsonPath: string, body: () => string, status: number): LoopCase {
  return {
    door: 'webhook',
    input,
    async prepare({ url }) {
      if (hookUrls.size === 0) await createHookedPipeline(url);
      hookUrls.set(input, await putOpenWebhook(url, `hook-${hookUrls.size}`, [{ jsonPath, matchEquals: 'none' }]));
    },
    async attack({ url }) {
      const headers = {
        'content-type': input.includes('form') ? 'application/x-www-form-urlencoded' : 'application/json',
      };
      expectStatus(await sendRaw(url, { path: hookUrls.get(input), headers, body: body() }), status);
    },
  };
}

const webhookCases: LoopCase[] = [
  webhook('24 MiB of objects', '$.a', () => `[${filled('{}', 24 * mib)}]`, 413),
  webhook('249,000 objects', '$.a', () => `[${filled('{}', 3 * 249_000)}]`, 200),
  webhook('24 MiB of long texts', '$..a', () => `[${filled(`"${'x'.repeat(1000)}"`, 24 * mib)}]`, 200),
  webhook('one text of 24 MiB', '$.a', () => `["${'x'.repeat(24 * mib)}"]`, 200),
  webhook('a form of 24 MiB', '$.a', () => `payload=%5B${filled('%22x%22', 24 * mib)}%5D`, 413),
  webhook('a search through 400,000 elements', '$..*', () => `[${filled('1', 800_000)}]`, 422),
  webhook('a comparison with 200,000 elements', '$[?@.a == "b"]', () => `[${filled('{"a":1}', 8 * 200_000)}]`, 422),
];

/** Bodies that are read completely before they are processed. */
export const bodyCases: LoopCase[] = [...jsonCases, ...stsCases, ...webhookCases];
