/** Every error an operation declares is answered over the socket, or the table says why it cannot be. */
import { beforeAll, describe, expect, test } from 'vitest';
import { callRaw } from '../../support/requests/signed-request.ts';
import { operationNames, operationOf } from '../bounded-model.ts';
import { shareServer } from '../shared-server.ts';
import { declaredErrors } from './declared-errors.ts';
import { buildWorld, type ErrorWorld, smallQuotas } from './error-harness.ts';

const server = shareServer(smallQuotas);
let world: ErrorWorld;

beforeAll(async () => {
  world = await buildWorld(server.url);
});

describe.each(operationNames)('%s', (operation) => {
  const errors = declaredErrors[operation];

  test('has a proof for each declared error, and for no other', () => {
    const wanted = operationOf(operation).errors.filter((code) => code !== 'ValidationException');
    expect(Object.keys(errors.declared).sort()).toEqual(wanted.sort());
    for (const code of Object.keys(errors.undeclared ?? {})) expect(wanted).not.toContain(code);
  });

  const proofs = Object.entries({ ...errors.declared, ...errors.undeclared });
  const produced = proofs.flatMap(([code, proof]) => ('input' in proof ? [{ code, input: proof.input }] : []));
  test.each(produced)('$code', async ({ code, input }) => {
    const { status, body } = await callRaw(server.url, operation, JSON.stringify(await input(world)));
    const answer = JSON.parse(body);
    expect([status, answer.__type]).toEqual([400, code]);
    expect(Object.keys(answer)).toEqual(['__type', 'message']);
    expect(answer.message).not.toBe('');
  });
});
