import type { Parameter } from '../database.ts';

/** A statement under the name that connections prepare it by. */
export interface NamedStatement {
  name: string;
  text: string;
}

/** Everything is encoded here first; texts larger than this are rare. */
const usualBytes = 64 * 1024;
const mostBytesOfCharacter = 3;

let buffer = Buffer.allocUnsafe(usualBytes);
let end = 0;

/**
 * Encodes statements and one Sync as messages of PostgreSQL's extended query protocol, in one piece: with a write for
 * each message a busy node spent a third of its time on them. After a failed statement the server skips those behind it.
 */
export function encodeBatch(
  batch: { statement: NamedStatement; values: Parameter[] }[],
  prepared: { has(statement: NamedStatement): boolean },
): Buffer {
  end = 0;
  for (const { statement, values } of batch) {
    const isPrepared = prepared.has(statement);
    if (!isPrepared) prepare(statement);
    bind(statement, values);
    // The columns of a prepared statement don't change.
    if (!isPrepared) message('D', () => text('P'));
    message('E', () => {
      text('');
      int32(0);
    });
  }
  message('S', () => {});
  const encoded = Buffer.from(buffer.subarray(0, end));
  if (buffer.length > usualBytes) buffer = Buffer.allocUnsafe(usualBytes);
  return encoded;
}

/** Closes the statement first: it exists if the connection has prepared it and its execution failed. */
function prepare({ name, text: sql }: NamedStatement): void {
  message('C', () => text(`S${name}`));
  message('P', () => {
    text(name);
    text(sql);
    int16(0);
  });
}

function bind({ name }: NamedStatement, values: Parameter[]): void {
  message('B', () => {
    text('');
    text(name);
    // All parameters and results are texts.
    int16(0);
    int16(values.length);
    for (const value of values) parameter(value);
    int16(0);
  });
}

function parameter(value: Parameter): void {
  const start = end;
  // The length of null.
  int32(-1);
  if (value === null || value === undefined) return;
  characters(String(value));
  buffer.writeInt32BE(end - start - 4, start);
}

/** Writes the type of a message, its length and what `body` writes. */
function message(type: string, body: () => void): void {
  reserve(1);
  buffer[end] = type.charCodeAt(0);
  end += 1;
  const start = end;
  int32(0);
  body();
  buffer.writeInt32BE(end - start, start);
}

function text(value: string): void {
  characters(value);
  reserve(1);
  buffer[end] = 0;
  end += 1;
}

function characters(value: string): void {
  reserve(value.length * mostBytesOfCharacter);
  end += buffer.write(value, end);
}

function int16(value: number): void {
  reserve(2);
  end = buffer.writeInt16BE(value, end);
}

function int32(value: number): void {
  reserve(4);
  end = buffer.writeInt32BE(value, end);
}

function reserve(bytes: number): void {
  if (end + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafe(2 * (end + bytes));
  buffer.copy(larger, 0, 0, end);
  buffer = larger;
}
