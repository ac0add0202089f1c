import { isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import type { BodyLimits } from './body-limits.ts';
import { ServiceError } from './errors.ts';
import { unexpectedList } from './phrases.ts';

/** The deepest nesting of objects and lists; the model needs at most 11. */
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

/** The most different member names: each costs the parser microseconds, and no legal input has as many. */
const maxNames = 5000;

/** A shorter body cannot have that many names. */
const namesWorthCounting = maxNames * '"":1,'.length;

/** Why JSON is too expensive to parse. */
export type Excess = 'too deep' | 'too many values' | 'too many names';

/** How much of a long body is scanned before yielding. */
const pauseBytes = 1024 * 1024;

/**
 * Returns why the JSON in `bytes` is too expensive to parse. It scans bytes before anything is parsed, so that a body
 * of brackets costs no memory; in UTF-8 these bytes are never part of another character.
 */
function excessOf(bytes: Buffer, maxValues: number): Excess | undefined {
  const scan = scanForExcess(bytes, maxValues);
  for (;;) {
    const { done, value } = scan.next();
    if (done) return value;
  }
}

/** Scans like `excessOf`, but yields from time to time so that other work can run. */
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

/** Returns where the string that continues at `from` ends, or an offset after `pauseAt` to continue from. */
export function endOfText(bytes: Buffer, from: number, pauseAt: number): number {
  const end = Math.min(bytes.length, pauseAt);
  let at = from;
  while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/** Reports whether a string ends at `at`. */
export function isEndOfText(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || bytes[at] === quote;
}

/** Reports whether the string that ends at `end` is a member name. */
function isName(bytes: Buffer, end: number): boolean {
  let at = end + 1;
  while (blanks.has(bytes[at])) at += 1;
  return bytes[at] === colon;
}

/** Counts different strings by a hash that callers cannot predict; strings with the same hash count once. */
class DistinctTexts {
  readonly #seen = new Uint8Array(2 ** 16);
  #count = 0;

  /** Adds the string from `start` to `end` and returns the count. */
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
 * Parses the JSON object in a request body. Throws SerializationException: without a message for what is not a JSON
 * object, including an empty body; with AWS's message for a list (wire 4); and for more nesting, values or names than
 * any legal input has.
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
