import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { everyOperation } from '../support/requests/every-operation.ts';
import { callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { serve } from '../support/servers/server.ts';

/** Returns the input once for each of its strings, with U+0000 at the end of that string. */
function nulled(input: unknown): unknown[] {
  if (typeof input === 'string') return [`${input}\u0000`];
  if (Array.isArray(input)) {
    return input.flatMap((item, index) => nulled(item).map((other) => input.with(index, other)));
  }
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) => nulled(value).map((other) => ({ ...input, [name]: other })));
}

test('U+0000, which PostgreSQL cannot store, is rejected in every input', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { url } = await serve({ databaseUrl: database.url });
  const answers = [];
  for (const [operation, { input }] of Object.entries(everyOperation)) {
    for (const other of nulled(input)) {
      const { status, body } = await callRaw(url, operation, JSON.stringify(other));
      answers.push(status);
      expect(status, `${operation} ${JSON.stringify(other)}: ${body}`).toBe(400);
    }
  }
  expect(answers.length).toBeGreaterThan(100);
  for (const path of ['/box/a%00b', '/b%00x/a', '/box?prefix=%00', '/box?uploads&key-marker=%00', '/-/webhooks/%00']) {
    const { status } = await sendRaw(url, { method: path.startsWith('/-/') ? 'POST' : 'GET', path });
    expect(status, path).toBeGreaterThanOrEqual(400);
    expect(status, path).toBeLessThan(500);
  }
});
