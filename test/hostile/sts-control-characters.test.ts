import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { sign } from '../support/requests/request-signer.ts';
import { sendRaw } from '../support/requests/signed-request.ts';
import { serveEdge } from '../support/servers/edge-server.ts';

test.each([
  ['an action', `Action=${encodeURIComponent('\0\u0001\u000b\u001f\ufffe<&>\n')}`],
  ['a parameter', `Action=AssumeRole&${encodeURIComponent('\0\u0008\u000c\uffff')}=1`],
  ['a long action', `Action=${'x'.repeat(60_000)}`],
])('%s that XML cannot contain gets a well-formed response', async (_case, body) => {
  const { url } = await serveEdge();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) };
  const answer = await sendRaw(url, { headers: sign(request, 'sts', new URL(url).host).headers, body });
  expect(answer.status).toBe(400);
  expect(XMLValidator.validate(answer.body)).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
  expect(answer.body).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&#/);
  expect(answer.body.length).toBeLessThan(1000);
  expect(new XMLParser().parse(answer.body).ErrorResponse.Error.Type).toBe('Sender');
});
