import { describe, expect, test } from 'vitest';
import { type Chance, createChance } from '../../test/support/engine/random.ts';
import { createSecretMask, nothingHeld, type SecretMask } from './secret-mask.ts';

const token = 'p@ss/word+1 two!';

/** Masks a text in pieces; also returns the length of the longest held text. */
function maskPieces(mask: SecretMask, pieces: string[]): { text: string; longestHeld: number } {
  let held = nothingHeld;
  let text = '';
  let longestHeld = 0;
  for (const piece of pieces) {
    const step = mask.next(held, piece);
    text += step.text;
    held = step.held;
    longestHeld = Math.max(longestHeld, held.text.length);
  }
  return { text: text + mask.end(held), longestHeld };
}

/** Every place of every secret blanked, each run of overlapping places as one mark; by looking at every place. */
function maskSlowly(secrets: string[], text: string): string {
  const places = secrets.flatMap((secret) =>
    [...text].flatMap((_, start) => (text.startsWith(secret, start) ? [{ start, end: start + secret.length }] : [])),
  );
  let result = '';
  let at = 0;
  for (const { start, end } of places.sort((one, other) => one.start - other.start)) {
    if (start >= at) result += `${text.slice(at, start)}***`;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}

function cut(chance: Chance, text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = chance.below(5);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

describe('a whole text', () => {
  test.each([
    ['as it is', `curl -u me:${token} host`, 'curl -u me:*** host'],
    ['in JSON', JSON.stringify({ token: `${token}"` }), '{"token":"***\\""}'],
    ['percent-encoded', `?t=${encodeURIComponent(token)}&x`, '?t=***&x'],
    ['percent-encoded as a form', `t=${new URLSearchParams({ token }).toString().slice(6)}&x`, 't=***&x'],
    ['in base64', Buffer.from(token).toString('base64'), '***Q=='],
    ['in base64url', Buffer.from(token).toString('base64url'), '***Q'],
  ])('%s', (_form, text, masked) => {
    expect(createSecretMask([token]).mask(text)).toBe(masked);
  });

  test.each(['', 'a', 'ab', 'me:', 'user:'])('inside of base64, after %j', (before) => {
    const text = Buffer.from(`${before}${token}@host`).toString('base64');
    const masked = createSecretMask([token]).mask(text);
    const shown = Buffer.from(masked.replace('***', ''), 'base64').toString('latin1');
    expect(masked).toContain('***');
    for (let at = 0; at + 4 <= token.length; at += 1) expect(shown).not.toContain(token.slice(at, at + 4));
  });

  test.each([76, 64])('in base64 with lines of %i characters', (width) => {
    const secret = Array.from({ length: 25 }, (_, index) => `part${index}!`).join('');
    const lines =
      Buffer.from(`${secret}\n`)
        .toString('base64')
        .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
    const masked = createSecretMask([secret]).mask(lines.join('\n')).split('\n');
    expect(masked.slice(0, -1)).toEqual(lines.slice(0, -1).map(() => '***'));
    expect(masked.at(-1)?.length).toBeLessThan(9);
  });

  test('masks secrets of several lines line by line', () => {
    const mask = createSecretMask(['-----BEGIN-----\r\nabcdefgh\nxyz\n']);
    expect(mask.mask('-----BEGIN-----\nabcdefgh\nxyz')).toBe('***\n***\nxyz');
  });

  test('does not mask values of fewer than four characters, or anything without secrets', () => {
    expect(createSecretMask(['abc', '', undefined]).isEmpty).toBe(true);
    expect(createSecretMask(['abc']).mask('abc abcd')).toBe('abc abcd');
  });

  test('masks overlapping secrets completely', () => {
    expect(createSecretMask(['abcd', 'cdefg']).mask('>abcdefg<')).toBe('>***<');
    expect(createSecretMask(['abcd', 'abcdefgh']).mask('abcdefgh abcdefg')).toBe('*** ***efg');
  });
});

describe('a text in pieces', () => {
  test('is masked like the whole text, and never holds back more than the length of a secret', () => {
    const chance = createChance(11);
    const word = (length: number) => Array.from({ length }, () => chance.pick(['a', 'b'])).join('');
    for (let round = 0; round < 3000; round += 1) {
      const secrets = Array.from({ length: 1 + chance.below(3) }, () => word(4 + chance.below(4)));
      const text = word(chance.below(40));
      const mask = createSecretMask(secrets);
      const { text: masked, longestHeld } = maskPieces(mask, cut(chance, text));
      expect(masked).toBe(maskSlowly(secrets, text));
      expect(mask.mask(text)).toBe(masked);
      expect(longestHeld).toBeLessThanOrEqual(Math.max(...secrets.map(({ length }) => length)));
    }
  });

  test('is held back only where it may become a secret', () => {
    const mask = createSecretMask(['hunter2-is-it']);
    expect(mask.next(nothingHeld, 'the token is hunt')).toEqual({
      text: 'the token is ',
      held: { text: 'hunt', covered: 0 },
    });
    expect(mask.next({ text: 'hunt', covered: 0 }, 'ing\n')).toEqual({ text: 'hunting\n', held: nothingHeld });
  });
});

test('masks ten secrets of 50,000 characters in 64 KiB within the time a request has', () => {
  const secrets = Array.from({ length: 10 }, (_, index) => `${'a'.repeat(index)}b${'a'.repeat(49_000)}`);
  const text = 'a'.repeat(64 * 1024);
  const startedAt = performance.now();
  const { held } = createSecretMask(secrets).next(nothingHeld, text);
  expect(held.text.length).toBeLessThan(50_000);
  // Generous: it takes some 60 ms on an idle machine; looking for one secret after the other at every place takes
  // minutes.
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
