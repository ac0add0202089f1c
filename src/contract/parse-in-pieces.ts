import { setImmediate as nextTurn } from 'node:timers/promises';
import { endOfText, isEndOfText } from './body.ts';

const quote = 0x22;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** The size of a piece; parsing the slowest one takes some milliseconds. */
const pieceBytes = 64 * 1024;

/** How much is scanned before yielding. */
const scanBytes = 1024 * 1024;

/**
 * Parses JSON of any length without blocking the event loop: the members of lists and objects beyond 64 KiB are parsed
 * in groups. The caller bounds the depth and the number of values. Rejects with SyntaxError like JSON.parse.
 */
export async function parseInPieces(bytes: Buffer): Promise<unknown> {
  if (bytes.length <= pieceBytes) return JSON.parse(bytes.toString('utf8'));
  const long = await findLong(bytes);
  const start = skipBlanks(bytes, 0);
  const end = long.get(start);
  if (end === undefined) return JSON.parse(await textOf(bytes));
  if (skipBlanks(bytes, end + 1) < bytes.length) throw new SyntaxError('text after the end of the document');
  return parseLong(bytes, start, long);
}

/** Returns the start and end of lists and objects longer than a piece. */
async function findLong(bytes: Buffer): Promise<Map<number, number>> {
  const long = new Map<number, number>();
  const starts: number[] = [];
  let pauseAt = scanBytes;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      for (at = endOfText(bytes, at + 1, pauseAt); !isEndOfText(bytes, at); at = endOfText(bytes, at, pauseAt)) {
        pauseAt = at + scanBytes;
        await nextTurn();
      }
    } else if (byte === openObject || byte === openList) starts.push(at);
    else if (byte === closeObject || byte === closeList) {
      const start = starts.pop() ?? at;
      if (at - start > pieceBytes) long.set(start, at);
    }
    if (at > pauseAt) {
      pauseAt = at + scanBytes;
      await nextTurn();
    }
  }
  return long;
}

/** Parses the list or object at `start`: short members in groups, long ones separately. */
async function parseLong(bytes: Buffer, start: number, long: Map<number, number>): Promise<unknown> {
  const isObject = bytes[start] === openObject;
  const end = long.get(start) ?? start;
  if (bytes[end] !== (isObject ? closeObject : closeList)) throw new SyntaxError('brackets do not match');
  const collected = isObject ? new ObjectParts() : new ListParts();
  for (let from = start + 1; from <= end; ) {
    const group = endOfGroup(bytes, from, { end, long });
    if (group.long === undefined) {
      collected.add(await textOf(bytes.subarray(from, group.end)));
    } else {
      const value = await parseLong(bytes, group.long, long);
      const afterValue = (long.get(group.long) ?? 0) + 1;
      if (skipBlanks(bytes, afterValue) !== group.end) throw new SyntaxError('text after a value');
      collected.addLong(bytes.toString('utf8', from, group.long), value);
    }
    from = group.end + 1;
    await nextTurn();
  }
  return collected.whole;
}

/** Returns where a group of members ends: at a comma or at the end. A long member is a group of its own. */
function endOfGroup(
  bytes: Buffer,
  from: number,
  { end, long }: { end: number; long: Map<number, number> },
): { end: number; long?: number } {
  let memberStart = from;
  let depth = 0;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at];
    const longEnd = long.get(at);
    if (longEnd !== undefined) {
      // The members before it form a group.
      if (memberStart > from) return { end: memberStart - 1 };
      const next = bytes.indexOf(comma, longEnd);
      return { end: next < 0 || next > end ? end : next, long: at };
    }
    if (byte === quote) at = endOfText(bytes, at + 1, end);
    else if (byte === openObject || byte === openList) depth += 1;
    else if (byte === closeObject || byte === closeList) depth -= 1;
    else if (byte === comma && depth === 0) {
      if (at - from > pieceBytes) return { end: at };
      memberStart = at + 1;
    }
  }
  return { end };
}

class ListParts {
  readonly whole: unknown[] = [];

  add(text: string): void {
    const values = JSON.parse(`[${text}]`) as unknown[];
    if (values.length === 0) throw new SyntaxError('a value is missing');
    for (const value of values) this.whole.push(value);
  }

  addLong(before: string, value: unknown): void {
    if (before.trim() !== '') throw new SyntaxError('text before a value');
    this.whole.push(value);
  }
}

class ObjectParts {
  readonly whole: Record<string, unknown> = {};

  add(text: string): void {
    const members = Object.entries(JSON.parse(`{${text}}`) as object);
    if (members.length === 0) throw new SyntaxError('a member is missing');
    for (const [name, value] of members) this.#set(name, value);
  }

  addLong(before: string, value: unknown): void {
    const [name = ''] = Object.keys(JSON.parse(`{${before}0}`) as object);
    this.#set(name, value);
  }

  /** Treats `__proto__` as an ordinary member. */
  #set(name: string, value: unknown): void {
    Object.defineProperty(this.whole, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** Decodes a piece, which can be long because of one string. */
async function textOf(bytes: Buffer): Promise<string> {
  if (bytes.length > scanBytes) await nextTurn();
  const text = bytes.toString('utf8');
  if (bytes.length > scanBytes) await nextTurn();
  return text;
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d) at += 1;
  return at;
}
