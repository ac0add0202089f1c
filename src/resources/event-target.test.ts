import { expect, test } from 'vitest';
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

test.each([
  ['url: https://example.com\n    secret: x', "The member 'type' is missing"],
  ['type: pigeon\n    url: https://example.com', 'type: expected one of http'],
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
])('%j is refused', (members, message) => {
  expect(read(`eventTargets:\n  - name: chat\n    ${members}\n`)).toEqual({
    resources: [],
    mistakes: [expect.objectContaining({ message: expect.stringContaining(message) })],
  });
});
