import { createHmac } from 'node:crypto';
import type { Member } from '../../model/resource.ts';
import { post, requireSuccess } from './post.ts';
import type { Sender } from './sender.ts';

/** Secrets of Standard Webhooks have 24 to 64 bytes. */
const secretBytes = { least: 24, most: 64 };
const secretPrefix = 'whsec_';

/** The certificates that a receiver's own is checked against. */
export const certificate: Member = {
  type: 'text',
  documentation: 'PEM of the certificates to trust, if the receiver has one that no public authority has signed.',
  mistakeIn: (text) => (/^-----BEGIN CERTIFICATE-----$/m.test(text) ? undefined : 'expected a certificate in PEM form'),
};

/** Posts events as Standard Webhooks describes: signed, so that the receiver knows who sent them and when. */
export const httpSender: Sender = {
  type: 'http',
  members: {
    url: {
      type: 'text',
      isRequired: true,
      documentation: 'The http or https URL to post events to.',
      mistakeIn: urlMistake,
    },
    secret: {
      type: 'text',
      isRequired: true,
      isSecret: true,
      documentation: '`whsec_` and 24 to 64 random bytes in base64, which the receiver knows too.',
      mistakeIn: (secret) =>
        keyOf(secret)
          ? undefined
          : 'expected whsec_ and 24 to 64 bytes in base64, such as: echo "whsec_$(openssl rand -base64 32)"',
    },
    certificate,
  },
  async send({ document }, event, { deliveryId, at }, signal) {
    const url = String(document.url);
    const body = JSON.stringify(event);
    const timestamp = String(Math.floor(at / 1000));
    const signature = sign(String(document.secret), `${deliveryId}.${timestamp}.${body}`);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Millrace',
      'webhook-id': deliveryId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    const trusted = document.certificate === undefined ? {} : { certificate: String(document.certificate) };
    requireSuccess(url, await post(url, { headers, body, ...trusted }, signal), at);
  },
};

/** Says what is wrong with the URL of a receiver, as the end of a sentence. */
export function urlMistake(text: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(text)) return 'it has a space or a control character';
  if (!URL.canParse(text)) return 'it is not a URL';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'expected an http or https URL';
  return username === '' && password === '' ? undefined : 'it has a user name or a password';
}

function sign(secret: string, content: string): string {
  return createHmac('sha256', keyOf(secret) ?? '')
    .update(content)
    .digest('base64');
}

function keyOf(secret: string): Buffer | undefined {
  if (!secret.startsWith(secretPrefix)) return undefined;
  const text = secret.slice(secretPrefix.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= secretBytes.least && key.length <= secretBytes.most ? key : undefined;
}
