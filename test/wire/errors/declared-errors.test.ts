/** Every declared error of an operation is produced over the socket, or the table says why it cannot occur. */
import { beforeAll, describe, expect, test } from 'vitest';
import { callRaw } from '../../support/requests/signed-request.ts';
import { operationNames, operationOf } from '../bounded-model.ts';
import { shareServer } from '../shared-server.ts';
import { declaredErrors } from './declared-errors.ts';
import { createErrorHarness, type ErrorHarness, smallQuotas } from './error-harness.ts';

const server = shareServer(smallQuotas);
let harness: ErrorHarness;

beforeAll(async () => {
  harness = await createErrorHarness(server.url);
});

describe.each(operationNames)('%s', (operation) => {
  const errors = declaredErrors[operation];

  test('has a proof for exactly the declared errors', () => {
    const wanted = operationOf(operation).errors.filter((code) => code !== 'ValidationException');
    expect(Object.keys(errors.declared).sort()).toEqual(wanted.sort());
    for (const code of Object.keys(errors.undeclared ?? {})) expect(wanted).not.toContain(code);
  });

  const proofs = Object.entries({ ...errors.declared, ...errors.undeclared });
  const produced = proofs.flatMap(([code, proof]) => ('input' in proof ? [{ code, input: proof.input }] : []));
  test.each(produced)('$code', async ({ code, input }) => {
    const { status, body } = await callRaw(server.url, operation, JSON.stringify(await input(harness)));
    const answer = JSON.parse(body);
    expect([status, answer.__type]).toEqual([400, code]);
    expect(Object.keys(answer)).toEqual(['__type', 'message']);
    expect(answer.message).not.toBe('');
  });
});
