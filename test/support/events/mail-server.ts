import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

const pem = (name: string) =>
  readFileSync(new URL(`../servers/tls/test-only-${name}.pem`, import.meta.url), { encoding: 'utf8' });

/** The certificate of the mail server, for clients to trust. */
export const mailCertificate = pem('cert');

/** A message that the mail server took. */
interface ReceivedMail {
  from: string;
  to: string[];
  isSecure: boolean;
  user: string | undefined;
  headers: Record<string, string>;
  text: string;
}

/** Starts an SMTP server on a free port, which has the user `mill` with the password `open sesame` if it has logins. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    key: pem('key'),
    cert: mailCertificate,
    logger: false,
    disableReverseLookup: true,
    onAuth({ username, password }, _session, callback) {
      if (username === 'mill' && password === 'open sesame') callback(null, { user: username });
      else callback(new Error('wrong user or password'));
    },
    onData(stream, { envelope, secure, user }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          isSecure: secure,
          user,
          ...parse(Buffer.concat(chunks).toString()),
        });
        callback();
      });
    },
    ...options,
  });
  // A client that refuses the certificate is an error of its connection.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    received,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

/** Parses a message of one text, of which only spaces and line ends are encoded. */
function parse(message: string): { headers: Record<string, string>; text: string } {
  const end = message.indexOf('\r\n\r\n');
  const lines = message
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    headers: Object.fromEntries(headers),
    text: message
      .slice(end + 4)
      .replaceAll('=\r\n', '')
      .replaceAll('=20', ' '),
  };
}
