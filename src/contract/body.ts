import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import type { BodyLimits } from './body-limits.ts';
import { ServiceError } from './errors.ts';
import { unexpectedList } from './phrases.ts';

/** How deep objects and lists may lie within each other; the deepest input of the model needs 11. */
export const bodyDepthLimit = 64;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const blanks: ReadonlySet<number | undefined> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** Different names of members: each costs a parser some microseconds, and no legal input has as many. */
const maxNames = 5000;

/** A shorter body has no room for so many names. */
const namesWorthCounting = maxNames * '"":1,'.length;

/** Why JSON is too expensive to parse. */
export type Excess = 'too deep' | 'too many values' | 'too many names';

/** How much of a long body is looked at before others may get their turn. */
const pauseBytes = 1024 * 1024;

/**
 * What makes the JSON in `bytes` too expensive to parse, or undefined. It looks at bytes before anything is parsed, so
 * that a body of brackets costs no memory; in UTF-8 these characters are never part of another one.
 */
function excessOf(bytes: Buffer, maxValues: number): Excess | undefined {
  const scan = scanForExcess(bytes, maxValues);
  for (;;) {
    const { done, value } = scan.next();
    if (done) return value;
  }
}

/** The same in pieces: it yields where others may get their turn. */
export function* scanForExcess(bytes: Buffer, maxValues: number): Generator<undefined, Excess | undefined> {
  let pauseAt = pauseBytes;
  const names = bytes.length > namesWorthCounting ? new DistinctTexts() : undefined;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      const start = at;
      for (at = endOfText(bytes, at + 1, pauseAt); !isEndOfText(bytes, at); at = endOfText(bytes, at, pauseAt)) {
        pauseAt = at + pauseBytes;
        yield;
      }
      if (names && isName(bytes, at) && names.countWith(bytes, start, at) > maxNames) return 'too many names';
    } else if (byte === openObject || byte === openList) {
      depth += 1;
      values += 1;
      if (depth > bodyDepthLimit) return 'too deep';
    } else if (byte === comma) {
      values += 1;
    } else if (byte === closeObject || byte === closeList) {
      depth -= 1;
    }
    if (values > maxValues) return 'too many values';
    if (at > pauseAt) {
      pauseAt = at + pauseBytes;
      yield;
    }
  }
  return undefined;
}

/** Where the text that goes on at `from` ends, or a place from which to look on when that is beyond `pauseAt`. */
export function endOfText(bytes: Buffer, from: number, pauseAt: number): number {
  const end = Math.min(bytes.length, pauseAt);
  let at = from;
  while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/** Whether a text that goes on until `at` ends there. */
export function isEndOfText(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || bytes[at] === quote;
}

/** Whether the string that ends at `end` is the name of a member. */
function isName(bytes: Buffer, end: number): boolean {
  let at = end + 1;
  while (blanks.has(bytes[at])) at += 1;
  return bytes[at] === colon;
}

/** Counts different texts by a hash that no caller can foresee; two with the same hash count once. */
class DistinctTexts {
  readonly #seen = new Uint8Array(2 ** 16);
  #count = 0;

  /** The count after the text from `start` to `end` has been looked at. */
  countWith(bytes: Buffer, start: number, end: number): number {
    let hash = 0;
    for (let at = start + 1; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), hashFactor);
    const place = hash >>> 16;
    if (this.#seen[place] === 0) {
      this.#seen[place] = 1;
      this.#count += 1;
    }
    return this.#count;
  }
}

const hashFactor = randomInt(2 ** 31) * 2 + 1;

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException');
  }
}

/**
 * The JSON object in a request body. Throws SerializationException: without a text for what is no JSON object (an
 * empty body too: every operation has an input structure), with the service's text for a list (wire 4), and for what
 * is nested too deep or has too many values to be any legal input.
 */
export function parseBody(bytes: Buffer, { maxValues }: Pick<BodyLimits, 'maxValues'>): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('SerializationException');
  const excess = excessOf(bytes, maxValues);
  if (excess === 'too deep') {
    throw new ServiceError('SerializationException', `The request is nested deeper than ${bodyDepthLimit} levels`);
  }
  if (excess === 'too many values') {
    throw new ServiceError('SerializationException', `The request has more than ${maxValues} values`);
  }
  if (excess === 'too many names') {
    throw new ServiceError('SerializationException', `The request has more than ${maxNames} different member names`);
  }
  const body = parseJson(bytes);
  if (Array.isArray(body)) throw new ServiceError('SerializationException', unexpectedList);
  if (typeof body !== 'object' || body === null) throw new ServiceError('SerializationException');
  return body;
}
