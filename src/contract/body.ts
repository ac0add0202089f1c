import { isUtf8 } from 'node:buffer';
import { ServiceError } from './errors.ts';
import { unexpectedList } from './phrases.ts';

/** How deep objects and lists may lie within each other; the deepest input of the model needs 11. */
export const bodyDepthLimit = 64;

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Whether the JSON in `bytes` nests deeper than the limit. It looks at bytes before anything is parsed, so that a
 * body of brackets costs no memory; in UTF-8 these characters are never part of another one.
 */
export function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isInString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) {
      isInString = true;
    } else if (byte === openObject || byte === openList) {
      depth += 1;
      if (depth > bodyDepthLimit) return true;
    } else if (byte === closeObject || byte === closeList) {
      depth -= 1;
    }
  }
  return false;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException');
  }
}

/**
 * The JSON object in a request body. Throws SerializationException: without a text for what is no JSON object (an
 * empty body too: every operation has an input structure), with the service's text for a list (wire §4).
 */
export function parseBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('SerializationException');
  if (isTooDeep(bytes)) {
    throw new ServiceError('SerializationException', `The request is nested deeper than ${bodyDepthLimit} levels`);
  }
  const body = parseJson(bytes);
  if (Array.isArray(body)) throw new ServiceError('SerializationException', unexpectedList);
  if (typeof body !== 'object' || body === null) throw new ServiceError('SerializationException');
  return body;
}
