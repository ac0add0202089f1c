import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { scanForExcess } from '../contract/body.ts';
import { parseInPieces } from '../contract/parse-in-pieces.ts';
import { WebhookRefusal } from './refusal.ts';

/** More than an event of GitHub with the maximum number of commits has. */
const maxValues = 500_000;

/** Longer events are processed one at a time, since each takes several times its size in memory. */
const longEventBytes = 1024 * 1024;

/** How much of a form is decoded per turn of the event loop. */
const decodedBytes = 256 * 1024;

const formType = 'application/x-www-form-urlencoded';

let previous: Promise<unknown> = Promise.resolve();

/**
 * Parses the body of an event and passes the document to `use`. GitHub sends JSON or, depending on its settings, a form
 * with the JSON in the field `payload`; every content type but that of a form is read as JSON. Never blocks the event loop
 * for long. Rejects with `WebhookRefusal`.
 */
export async function usePayload<Result>(
  body: Buffer,
  contentType: string | undefined,
  use: (payload: unknown) => Promise<Result>,
): Promise<Result> {
  const read = async () => use(await readPayload(body, contentType));
  if (body.length <= longEventBytes) return read();
  const turn = previous.then(read);
  previous = turn.catch(() => undefined);
  return turn;
}

/** Parses the body of an event. */
export async function readPayload(body: Buffer, contentType: string | undefined): Promise<unknown> {
  const [mediaType = ''] = (contentType ?? '').split(';');
  return parse(mediaType.trim().toLowerCase() === formType ? await readForm(body) : body);
}

/** Returns the one field, decoded: decoding a form of millions of others would take a gigabyte. */
async function readForm(body: Buffer): Promise<Buffer> {
  const name = 'payload=';
  const nameAt = body.toString('latin1', 0, name.length) === name ? 0 : body.indexOf(`&${name}`) + 1;
  if (nameAt === 0 && body.toString('latin1', 0, name.length) !== name) throw new WebhookRefusal('PayloadMissing');
  const start = nameAt + name.length;
  const next = body.indexOf('&', start);
  return decodeField(body.subarray(start, next < 0 ? body.length : next));
}

/** Decodes the value of a form: `+` is a space and `%` begins a byte in hex. */
async function decodeField(field: Buffer): Promise<Buffer> {
  const decoded = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at += 1) {
    const byte = field[at] ?? 0;
    const escaped = byte === percent ? byteOfHex(field, at + 1) : -1;
    decoded[length] = escaped >= 0 ? escaped : byte === plus ? space : byte;
    length += 1;
    if (escaped >= 0) at += 2;
    if (length % decodedBytes === 0) await nextTurn();
  }
  return decoded.subarray(0, length);
}

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

/** The value of each hex digit, by its character code. */
const digits = Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** Returns the byte of two hex digits; negative if they are not. */
function byteOfHex(field: Buffer, at: number): number {
  const high = digits[field[at] ?? 0] ?? -1;
  const low = digits[field[at + 1] ?? 0] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

async function parse(bytes: Buffer): Promise<unknown> {
  if (bytes.length > longEventBytes) await nextTurn();
  if (!isUtf8(bytes)) throw new WebhookRefusal('PayloadNotJson');
  // Before parsing: millions of brackets would keep the parser busy for seconds.
  const scan = scanForExcess(bytes, maxValues);
  let step = scan.next();
  for (; !step.done; step = scan.next()) await nextTurn();
  if (step.value === 'too deep') throw new WebhookRefusal('PayloadTooDeep');
  if (step.value !== undefined) throw new WebhookRefusal('PayloadTooLarge');
  try {
    return await parseInPieces(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WebhookRefusal('PayloadNotJson');
  }
}
