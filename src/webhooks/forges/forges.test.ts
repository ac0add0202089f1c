import { describe, expect, test } from 'vitest';
import { type ForgeFile, forgeNames, payloadOf, payloadsOf } from '../../../test/support/forges/payloads.ts';
import { mostChanges } from '../../model/sources/repository-event.ts';
import { forgeOf } from './forge-of.ts';

const lowerCase = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Reads an event as the server does: with the dialect that its headers ask for. */
function read(headers: Record<string, string>, body: unknown) {
  const sent = lowerCase(headers);
  const forge = forgeOf(sent);
  return { forge, received: forge?.read(forge.eventOf(sent), body), deliveryId: forge?.deliveryIdOf(sent) };
}

describe.each(Object.entries(forgeNames))('%s', (file, name) => {
  test.each(payloadsOf(file as ForgeFile))('$title', ({ headers, body, content }) => {
    const { forge, received, deliveryId } = read(headers, body);
    expect(forge?.name).toBe(name);
    const expected = content.kind === 'other' ? { kind: 'other', reason: expect.stringMatching(/\.$/) } : content;
    expect(received?.content).toEqual(expected);
    expect(deliveryId).toBeTruthy();
    if (content.kind === 'other' || content.kind === 'ping') return;
    expect(received?.actor).toBe('ada');
    expect(received?.repository?.names[0]?.toLowerCase()).toMatch(/team\/shop$/);
    expect(received?.repository?.urls[0]).toMatch(/^https:/);
  });
});

test('reading a payload of another form never throws', () => {
  const values = [null, 1, 'x', [], {}, { ref: 1, changes: {}, push: [], pullrequest: 'x', pull_request: [null] }];
  for (const file of Object.keys(forgeNames) as ForgeFile[]) {
    for (const { headers } of payloadsOf(file)) {
      for (const value of values) expect(read(headers, value).received?.content.kind).toBeTruthy();
    }
  }
});

test('texts lose control characters and their end', () => {
  const { headers, body } = payloadOf('github', 'a push to a branch');
  const ref = `refs/heads/a\u0000b\u001b[31m${'x'.repeat(5000)}`;
  const { received } = read(headers, { ...(body as object), ref });
  const [change] = received?.content.kind === 'push' ? received.content.changes : [];
  expect(change?.ref).toMatch(/^refs\/heads\/a b \[31mx+$/);
  expect(change?.ref).toHaveLength(1000);
});

describe('post-receive', () => {
  const headers = { Authorization: 'Bearer token', 'Content-Type': 'text/plain' };
  const [a, b, zeros] = ['a', 'b', '0'].map((digit) => digit.repeat(40)) as [string, string, string];

  test('each line is a ref', () => {
    const body = Buffer.from(
      `${a} ${b} refs/heads/main\n${zeros} ${b} refs/tags/größe\r\n${a} ${zeros} refs/heads/old`,
    );
    expect(read(headers, body).received?.content).toEqual({
      kind: 'push',
      count: 3,
      changes: [
        { ref: 'refs/heads/main', before: a, after: b },
        { ref: 'refs/tags/größe', after: b },
        { ref: 'refs/heads/old', before: a },
      ],
    });
  });

  test('of very many lines some are kept', () => {
    const body = Buffer.from(`${a} ${b} refs/heads/main\n`.repeat(500_000));
    const { received } = read(headers, body);
    expect(received?.content).toMatchObject({ kind: 'push', count: 10 * mostChanges });
    expect(received?.content.kind === 'push' && received.content.changes).toHaveLength(mostChanges);
  });

  test.each(['', '{}', 'a b refs/heads/main', `${a} ${b} main`])('%j names no ref', (text) => {
    expect(read(headers, Buffer.from(text)).received?.content.kind).toBe('other');
  });
});

test('without the headers of a forge there is no dialect', () => {
  expect(forgeOf({ 'content-type': 'application/json' })).toBeUndefined();
  expect(forgeOf({ authorization: 'Basic x' })).toBeUndefined();
});
