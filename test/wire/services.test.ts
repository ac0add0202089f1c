import { describe, expect, test } from 'vitest';
import { serviceOperations } from '../../src/api/services/index.ts';
import { bodyLimitsOf } from '../../src/contract/body-limits.ts';
import { constrainOf } from '../../src/contract/constraints.ts';
import { operationOf } from '../../src/contract/model.ts';
import { readerOf } from '../../src/contract/read-value.ts';
import { serviceProtocols } from '../../src/contract/service-models.ts';
import { createKey } from '../support/requests/own-api.ts';
import { callService } from '../support/requests/service-call.ts';
import { serve } from '../support/servers/server.ts';
import { expectAnswers } from './inputs/expect-answers.ts';
import { constraintCases, typeCases } from './inputs/input-cases.ts';
import { validInput } from './inputs/valid-input.ts';
import { shareServer } from './shared-server.ts';

const server = shareServer();

describe.each(serviceProtocols)('$name', ({ name, operationNames, contentType }) => {
  test('each operation has a descriptor under its name, and its input can be checked', () => {
    expect(Object.keys(serviceOperations[name]).sort()).toEqual(operationNames);
    for (const [key, operation] of Object.entries(serviceOperations[name])) {
      expect(operation).toMatchObject({ name: key, action: `${name}:${key}` });
      const { input } = operationOf(`${name}:${key}`);
      expect(() => readerOf(input)({})).not.toThrow();
      expect(() => constrainOf(input)({}, '', { problems: [] })).not.toThrow();
      expect(bodyLimitsOf(`${name}:${key}`).maxBytes).toBeGreaterThanOrEqual(64 * 1024);
    }
  });

  test.each(operationNames)('%s: wrong types and broken constraints are refused, valid values are not', (operation) =>
    expectAnswers(server.url, `${name}:${operation}`, [
      ...typeCases(`${name}:${operation}`),
      ...constraintCases(`${name}:${operation}`),
    ]),
  );

  test('operations that are not served are unknown', async () => {
    const { url } = server;
    const answer = await callService(url, name, 'DescribeEverything', {});
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': contentType } });
    expect(answer.document.__type).toBe('UnknownOperationException');
    expect(answer.body).toContain(
      `Millrace does not serve the operation 'DescribeEverything' of ${name}; docs/compatibility.md lists`,
    );
    for (const operation of ['constructor', '__proto__', '', 'a.b', '<script>', 'x'.repeat(500)]) {
      const odd = await callService(url, name, operation, {});
      expect(odd).toMatchObject({ status: 400, document: { __type: 'UnknownOperationException' } });
    }
  });

  test('bad bodies, content types and signatures are refused', async () => {
    const { url } = server;
    const operation = operationNames[0] ?? '';
    const codeOf = async (body: string, headers = {}) => {
      const { status, document } = await callService(url, name, operation, body, { headers });
      expect(status).toBe(400);
      return document.__type;
    };
    for (const body of ['', '[]', '{', '7', '"a"', '{"a":'.repeat(70)]) {
      expect(await codeOf(body), body).toBe('SerializationException');
    }
    expect(await codeOf('{}', { 'Content-Type': 'text/plain' })).toBe('UnknownOperationException');
    expect(await codeOf('{}', { 'X-Amz-Date': '20200101T000000Z' })).toBe('InvalidSignatureException');
    const limit = bodyLimitsOf(`${name}:${operation}`).maxBytes;
    const large = await callService(url, name, operation, ' '.repeat(limit + 1));
    expect(large).toMatchObject({ status: 413, document: { __type: 'RequestEntityTooLargeException' } });
  });

  test('a key without policies may call nothing', async () => {
    const { url } = server;
    const keys = await createKey(url, 'nobody', ['codepipeline:*']);
    for (const operation of operationNames) {
      const { document } = await callService(url, name, operation, validInput(`${name}:${operation}`), { keys });
      expect(document.__type, operation).toBe('AccessDeniedException');
    }
  });
});

test('metrics and log name the service and the operation', async () => {
  const lines: string[] = [];
  const { url } = await serve({}, { onLog: (line) => lines.push(line) });
  await callService(url, 'codeconnections', 'ListConnections', {});
  const metrics = await (await fetch(`${url}/-/metrics`)).text();
  const labels = 'service="codeconnections",operation="ListConnections",outcome="ok"';
  expect(metrics).toContain(`millrace_calls_total{${labels}} 1`);
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ service: 'codeconnections', operation: 'ListConnections' }),
  );
});
