import { isUtf8 } from 'node:buffer';
import { excessOf } from '../contract/body.ts';
import { WebhookRefusal } from './webhook-refusal.ts';

/** Of an event of GitHub with as many commits as it lists. */
const maxValues = 500_000;

const formType = 'application/x-www-form-urlencoded';

/**
 * The document in the body of an event. GitHub sends it as JSON or, if told so, as a form with the JSON in the field
 * `payload`; whatever calls itself anything but a form is read as JSON. Throws `WebhookRefusal`.
 */
export function readPayload(body: Buffer, contentType: string | undefined): unknown {
  const [mediaType = ''] = (contentType ?? '').split(';');
  return parse(mediaType.trim().toLowerCase() === formType ? readForm(body) : body);
}

/** Only the one field is decoded: a form of millions of others would take a gigabyte. */
function readForm(body: Buffer): Buffer {
  const form = `&${body.toString('utf8')}&`;
  const start = form.indexOf('&payload=');
  if (start < 0) throw new WebhookRefusal('PayloadMissing');
  const field = form.slice(start + 1, form.indexOf('&', start + 1));
  return Buffer.from(new URLSearchParams(field).get('payload') ?? '');
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new WebhookRefusal('PayloadNotJson');
  // Looked at before parsing: millions of brackets keep the parser busy for seconds.
  const excess = excessOf(bytes, maxValues);
  if (excess === 'too deep') throw new WebhookRefusal('PayloadTooDeep');
  if (excess !== undefined) throw new WebhookRefusal('PayloadTooLarge');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new WebhookRefusal('PayloadNotJson');
  }
}
