import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { scanForExcess } from '../contract/body.ts';
import { parseInPieces } from '../contract/parse-in-pieces.ts';
import { WebhookRefusal } from './refusal.ts';

/** Of an event of GitHub with as many commits as it lists. */
const maxValues = 500_000;

/** A longer event waits for others of its length, so that only one of them takes several times its size in memory. */
const longEventBytes = 1024 * 1024;

/** How much of a form is decoded before others get their turn. */
const decodedBytes = 256 * 1024;

const formType = 'application/x-www-form-urlencoded';

let previous: Promise<unknown> = Promise.resolve();

/**
 * Reads the document in the body of an event and gives it to `use`. GitHub sends it as JSON or, if told so, as a form
 * with the JSON in the field `payload`; whatever calls itself anything but a form is read as JSON. Nothing of it keeps
 * the event loop for long, whatever its size. Rejects with `WebhookRefusal`.
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

/** The document in the body of an event. */
export async function readPayload(body: Buffer, contentType: string | undefined): Promise<unknown> {
  const [mediaType = ''] = (contentType ?? '').split(';');
  return parse(mediaType.trim().toLowerCase() === formType ? await readForm(body) : body);
}

/** Only the one field is decoded: a form of millions of others would take a gigabyte. */
async function readForm(body: Buffer): Promise<Buffer> {
  const name = 'payload=';
  const nameAt = body.toString('latin1', 0, name.length) === name ? 0 : body.indexOf(`&${name}`) + 1;
  if (nameAt === 0 && body.toString('latin1', 0, name.length) !== name) throw new WebhookRefusal('PayloadMissing');
  const start = nameAt + name.length;
  const next = body.indexOf('&', start);
  return decodeField(body.subarray(start, next < 0 ? body.length : next));
}

/** Undoes the encoding of forms: `+` is a blank and `%` begins a byte in hex. */
async function decodeField(field: Buffer): Promise<Buffer> {
  const decoded = Buffer.allocUnsafe(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at += 1) {
    const byte = field[at] ?? 0;
    const escaped = byte === percent ? byteOfHex(field, at + 1) : -1;
    decoded[length] = escaped >= 0 ? escaped : byte === plus ? blank : byte;
    length += 1;
    if (escaped >= 0) at += 2;
    if (length % decodedBytes === 0) await nextTurn();
  }
  return decoded.subarray(0, length);
}

const percent = 0x25;
const plus = 0x2b;
const blank = 0x20;

/** The value of each hex digit, by its character. */
const digits = Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

/** The byte that two digits stand for; negative when they are none. */
function byteOfHex(field: Buffer, at: number): number {
  const high = digits[field[at] ?? 0] ?? -1;
  const low = digits[field[at + 1] ?? 0] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

async function parse(bytes: Buffer): Promise<unknown> {
  if (bytes.length > longEventBytes) await nextTurn();
  if (!isUtf8(bytes)) throw new WebhookRefusal('PayloadNotJson');
  // Looked at before parsing: millions of brackets keep the parser busy for seconds.
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
