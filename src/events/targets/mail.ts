import type { SMTPTransportOptions } from 'nodemailer';
import type { Event } from '../../model/event.ts';
import { DeliveryFailure } from '../destination.ts';
import { textOf } from './aws-call.ts';
import { describeEvent } from './event-text.ts';
import { certificate } from './http.ts';
import type { OpenTarget, Sender } from './sender.ts';

/** How long a message may take in all, so that a server that hangs or trickles delays what follows by no more than this. */
const timeoutMs = 20_000;

/** How long a server may take to accept the connection, to greet, and between two of its responses. */
const silenceMs = 10_000;

const address = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

/** Sends events as e-mail through an SMTP server. */
export const mailSender: Sender = {
  type: 'mail',
  isForPeople: true,
  members: {
    url: {
      type: 'text',
      isRequired: true,
      documentation:
        '`smtp://HOST:587`, which must offer STARTTLS, or `smtps://HOST:465`, which begins with TLS; without credentials.',
      mistakeIn: serverMistake,
    },
    username: { type: 'text', documentation: 'The user of the SMTP server.' },
    password: { type: 'text', isSecret: true, documentation: 'The password of the user.' },
    from: {
      type: 'text',
      isRequired: true,
      documentation: 'The address of the sender.',
      mistakeIn: (text) => (address.test(text) ? undefined : 'expected an address such as mill@example.com'),
    },
    to: { type: 'list', isRequired: true, documentation: 'The addresses of the recipients.' },
    plaintext: {
      type: 'flag',
      documentation: 'Also sends without TLS, to a server on the same machine or in a network that you trust.',
    },
    certificate,
  },
  mistakesOf({ url, username, password, to, plaintext }) {
    return [
      {
        member: 'to',
        isWrong: Array.isArray(to) && !(to.length > 0 && to.every((text) => address.test(String(text)))),
        mistake: 'expected a list of addresses such as team@example.com',
      },
      {
        member: username === undefined ? 'password' : 'username',
        isWrong: (username === undefined) !== (password === undefined),
        mistake: 'a user name and a password belong together',
      },
      {
        member: 'plaintext',
        isWrong: plaintext === true && username !== undefined,
        mistake: 'a password is not sent without TLS',
      },
      {
        member: 'plaintext',
        isWrong: plaintext === true && typeof url === 'string' && url.startsWith('smtps:'),
        mistake: 'smtps always uses TLS',
      },
    ].flatMap(({ member, isWrong, mistake }) => (isWrong ? { member, mistake } : []));
  },
  async send({ document }, event, { deliveryId, at }, signal) {
    const from = String(document.from);
    // Loaded by the first message only.
    const { createTransport } = await import('nodemailer');
    const timeout = AbortSignal.timeout(timeoutMs);
    const place = new URL(String(document.url)).host;
    try {
      const { rejected, response } = await createTransport(transportOptions(document)).sendMail({
        from,
        to: document.to as string[],
        ...messageOf(event),
        date: new Date(at),
        // Mail programs show a repeated delivery only once.
        messageId: `<${deliveryId.replace(/[^\w.-]/g, '-')}@${from.split('@')[1]}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.any([signal, timeout]),
      });
      if (rejected.length === 0) return;
      const message = `${place} took the message for some, but refused ${rejected.join(', ')}: ${response}`;
      throw new DeliveryFailure(clean(message), { isFinal: true });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DeliveryFailure) throw error;
      if (timeout.aborted) throw new DeliveryFailure(`${place} did not take the message within ${timeoutMs / 1000} s.`);
      throw failureOf(place, error);
    }
  },
};

function transportOptions(document: OpenTarget['document']): SMTPTransportOptions {
  const { hostname, port, protocol } = new URL(String(document.url));
  const isSecure = protocol === 'smtps:';
  const username = textOf(document.username);
  const trusted = textOf(document.certificate);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (isSecure ? 465 : 587)),
    secure: isSecure,
    requireTLS: !isSecure && document.plaintext !== true,
    ...(trusted !== undefined && { tls: { ca: trusted } }),
    // Without `forceAuth` the message would be sent unauthenticated if the server offers no login.
    ...(username !== undefined && { auth: { user: username, pass: String(document.password) }, forceAuth: true }),
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    dnsTimeout: silenceMs,
  };
}

function messageOf(event: Event): { subject: string; text: string } {
  const { title, lines } = describeEvent(event);
  return { subject: title, text: `${[title, '', ...lines].join('\n')}\n` };
}

/** Says what is wrong with the URL of an SMTP server, as the end of a sentence. */
function serverMistake(text: string): string | undefined {
  const expected = 'expected smtp://HOST:587 or smtps://HOST:465';
  if (!URL.canParse(text)) return expected;
  const { protocol, hostname, username, password, pathname, search } = new URL(text);
  if ((protocol !== 'smtp:' && protocol !== 'smtps:') || hostname === '') return expected;
  if (username !== '' || password !== '') return 'it has a user name or a password, which have members of their own';
  return (pathname === '' || pathname === '/') && search === '' ? undefined : expected;
}

/** Commands about one message: a refusal of one of them for good is about the message and its addresses. */
const ofMessage = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

function failureOf(place: string, error: unknown): DeliveryFailure {
  const { message, responseCode = 0, command = '' } = error as Error & { responseCode?: number; command?: string };
  return new DeliveryFailure(clean(`${place} did not take the message: ${message}`), {
    isFinal: responseCode >= 500 && ofMessage.has(command),
    cause: error,
  });
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 400);
}
