import { ServiceError } from './errors.ts';
import { shapeOf } from './model.ts';
import {
  expectedList,
  expectedMap,
  expectedStructure,
  notConvertible,
  unexpectedList,
  unexpectedObject,
} from './phrases.ts';
import type { ListShape, MapShape, Shape, StructureShape } from './shape.ts';

/** Copies a JSON value that is not null; throws SerializationException at the first wrong type. */
export type Reader = (value: unknown) => unknown;

const integerMax = 2 ** 31 - 1;
const integerMin = -(2 ** 31);

/** The range of JavaScript dates, in seconds either side of the epoch. */
const timestampLimitSeconds = 8_640_000_000_000;

function refuse(text: string): never {
  throw new ServiceError('SerializationException', text);
}

/** Rejects a list, an object or a scalar of another type, each with its own message. */
function refuseScalar(value: unknown, wanted: string): never {
  if (Array.isArray(value)) refuse(unexpectedList);
  if (typeof value === 'object') refuse(unexpectedObject);
  refuse(notConvertible(value, wanted));
}

/**
 * Replaces lone surrogates, which UTF-8 cannot represent, by U+FFFD. Rejecting them would stop workers that truncate a
 * message inside an emoji.
 */
function replaceLoneSurrogates(text: string): string {
  return text.toWellFormed();
}

function readString(value: unknown): string {
  if (typeof value !== 'string') refuseScalar(value, 'a String');
  return replaceLoneSurrogates(value);
}

/** Truncates fractions and clamps values to 32 bits, which a range check then rejects (wire 4). */
function readInteger(value: unknown): number {
  if (typeof value !== 'number') refuseScalar(value, 'an Integer');
  return Math.trunc(Math.min(Math.max(value, integerMin), integerMax)) + 0;
}

const longMax = 2 ** 63;

/** Truncates fractions and clamps values to 64 bits. */
function readLong(value: unknown): number {
  if (typeof value !== 'number') return readInteger(value);
  return Math.trunc(Math.min(Math.max(value, -longMax), longMax)) + 0;
}

/** Takes the number as it is: one that is no integer violates a constraint later. */
function readExactInteger(value: unknown): number {
  if (typeof value !== 'number') refuseScalar(value, 'an Integer');
  return value;
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') refuseScalar(value, 'a Boolean');
  return value;
}

/** Accepts only numbers: clients send nothing else, and how AWS reads strings is unknown. */
function readTimestamp(value: unknown): number {
  const wanted = 'milliseconds since epoch';
  if (typeof value !== 'number') refuseScalar(value, wanted);
  if (Math.abs(value) > timestampLimitSeconds) refuse(notConvertible(value, wanted));
  return Math.round(value * 1000) / 1000;
}

/** Reads members in the order they were sent, like a streaming parser. */
function structureReader(shape: StructureShape): Reader {
  const members = new Map(Object.entries(shape.members).map(([name, member]) => [name, readerOf(member.shape)]));
  return (value) => {
    if (typeof value !== 'object' || value === null) refuse(expectedStructure);
    if (Array.isArray(value)) refuse(unexpectedList);
    const sent = value as Record<string, unknown>;
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(sent)) {
      const read = members.get(name);
      const member = sent[name];
      if (read !== undefined && member !== null && member !== undefined) copy[name] = read(member);
    }
    return copy;
  };
}

/**
 * Omits null elements, like null members. AWS passes them on to code that may crash. The paths of later problems count
 * the remaining elements.
 */
function listReader(shape: ListShape): Reader {
  const read = readerOf(shape.member.shape);
  return (value) => {
    if (!Array.isArray(value)) refuse(typeof value === 'object' ? unexpectedObject : expectedList);
    const copy: unknown[] = [];
    for (const element of value as unknown[]) {
      if (element !== null && element !== undefined) copy.push(read(element));
    }
    return copy;
  };
}

/** Copies without a prototype, so that `__proto__` and `constructor` are ordinary keys. */
function mapReader(shape: MapShape): Reader {
  const read = readerOf(shape.value.shape);
  return (value) => {
    if (typeof value !== 'object' || value === null) refuse(expectedMap);
    if (Array.isArray(value)) refuse(unexpectedList);
    const sent = value as Record<string, unknown>;
    const copy = Object.create(null) as Record<string, unknown>;
    for (const key of Object.keys(sent)) {
      const entry = sent[key];
      if (entry !== null && entry !== undefined) copy[replaceLoneSurrogates(key)] = read(entry);
    }
    return copy;
  };
}

function compileReader(shape: Shape): Reader {
  switch (shape.type) {
    case 'structure':
      return structureReader(shape);
    case 'list':
      return listReader(shape);
    case 'map':
      return mapReader(shape);
    case 'string':
      return readString;
    case 'integer':
      if (shape.isLong) return readLong;
      return shape.exact ? readExactInteger : readInteger;
    case 'boolean':
      return readBoolean;
    case 'timestamp':
      return readTimestamp;
  }
}

const readers = new Map<string, Reader>();

/** Returns the reader of a shape, compiled once. Input shapes are not recursive. */
export function readerOf(name: string): Reader {
  let reader = readers.get(name);
  if (reader === undefined) {
    reader = compileReader(shapeOf(name));
    readers.set(name, reader);
  }
  return reader;
}
