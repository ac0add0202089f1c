import { expect, test } from 'vitest';
import { senders } from '../events/targets/index.ts';
import { readResourceFile } from './resource-file.ts';

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const read = (text: string) =>
  readResourceFile(text, { environment: { HOOK_SECRET: secret }, readFile: () => 'never read' });

test('a file declares event targets', () => {
  const text = `
eventTargets:
  - name: chat
    type: http
    url: https://example.com/hook
    secret: { env: HOOK_SECRET }
`;
  expect(read(text)).toEqual({
    mistakes: [],
    resources: [
      { kind: 'EventTarget', name: 'chat', document: { type: 'http', url: 'https://example.com/hook', secret } },
    ],
  });
});

test('a pattern is a value or its JSON text', () => {
  const target = (pattern: string) =>
    read(
      `eventTargets:\n  - name: chat\n    type: http\n    url: http://a\n    secret: ${secret}\n    pattern: ${pattern}`,
    );
  const pattern = '{"source":["aws.codepipeline"],"detail":{"state":["FAILED"]}}';
  for (const { resources, mistakes } of [
    target('{ source: [aws.codepipeline], detail: { state: [FAILED] } }'),
    target(`'${pattern}'`),
  ]) {
    expect(mistakes).toEqual([]);
    expect(resources[0]?.document.pattern).toBe(pattern);
  }
});

test.each([
  ['url: https://example.com\n    secret: x', "The member 'type' is missing"],
  ['type: pigeon\n    url: https://example.com', 'type: expected one of http'],
  [`type: http\n    url: https://a\n    secret: ${secret}\n    colour: red`, "An EventTarget has no member 'colour'."],
  ['type: http\n    url: https://example.com', 'secret: a target of the type http needs it.'],
  [`type: http\n    secret: ${secret}`, 'url: a target of the type http needs it.'],
  [`type: http\n    url: ftp://example.com\n    secret: ${secret}`, 'url: expected an http or https URL.'],
  [`type: http\n    url: https://a:b@example.com\n    secret: ${secret}`, 'url: it has a user name or a password.'],
  ['type: http\n    url: https://example.com\n    secret: hunter2', 'secret: expected whsec_ and 24 to 64 bytes'],
  [
    `type: http\n    url: https://example.com\n    secret: whsec_${Buffer.alloc(23).toString('base64')}`,
    'secret: expected whsec_ and 24 to 64 bytes',
  ],
  [
    `type: http\n    url: https://example.com\n    secret: ${secret}\n    certificate: mine`,
    'certificate: expected a certificate in PEM form.',
  ],
  [
    `type: http\n    url: https://example.com\n    secret: ${secret}\n    pattern: { source: aws }`,
    'pattern: no event pattern: "source" must be an object or an array.',
  ],
  [`type: http\n    url: https://example.com\n    secret: ${secret}\n    pattern: 7`, 'pattern: expected a text.'],
])('%j is refused', (members, message) => {
  expect(read(`eventTargets:\n  - name: chat\n    ${members}\n`)).toEqual({
    resources: [],
    mistakes: [expect.objectContaining({ message: expect.stringContaining(message) })],
  });
});

test('types that share a member agree on its type, and on whether it is a secret', () => {
  const kinds = new Map<string, Set<string>>();
  for (const { members } of senders) {
    for (const [name, { type, isSecret = false }] of Object.entries(members)) {
      kinds.set(name, new Set([...(kinds.get(name) ?? []), `${type} ${isSecret}`]));
    }
  }
  expect([...kinds].filter(([, ways]) => ways.size > 1)).toEqual([]);
});
