import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { linkedApproval, sampleEvent } from '../../../test/support/events/event.ts';
import { mailCertificate, startMailServer } from '../../../test/support/events/mail-server.ts';
import type { Event } from '../../model/event.ts';
import { DeliveryFailure } from '../destination.ts';
import { mailSender } from './mail.ts';

const context = { deliveryId: 'delivery-1', attempts: 1, at: Date.parse('2026-11-30T12:00:30Z') };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

async function start(options?: SMTPServerOptions) {
  const started = await startMailServer(options);
  closers.push(started.close);
  return started;
}

const login = { username: 'mill', password: 'open sesame' };

function send(url: string, members: Record<string, unknown> = {}, { event = sampleEvent as Event } = {}) {
  const document = { url, from: 'mill@example.com', to: ['ann@example.com', 'bob@example.com'], ...members };
  const { signal } = new AbortController();
  return mailSender.send({ name: 'team', document }, event, context, signal);
}

async function failureOf(sent: Promise<void>): Promise<DeliveryFailure> {
  const error = await sent.then(() => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeliveryFailure);
  return error as DeliveryFailure;
}

test('an approval is sent over STARTTLS, after a login', async () => {
  const { port, received } = await start();
  await send(`smtp://127.0.0.1:${port}`, { ...login, certificate: mailCertificate }, { event: linkedApproval });
  expect(received).toMatchObject([
    {
      from: 'mill@example.com',
      to: ['ann@example.com', 'bob@example.com'],
      isSecure: true,
      user: 'mill',
      headers: {
        subject: 'Approval needed: pipeline a-pipeline-with-a-very-long-name, stage Release, action Ask',
        from: 'mill@example.com',
        to: 'ann@example.com, bob@example.com',
        date: 'Mon, 30 Nov 2026 12:00:30 +0000',
        'message-id': '<delivery-1@example.com>',
        'auto-submitted': 'auto-generated',
      },
    },
  ]);
  expect(received[0]?.text).toContain('\r\nApprove or reject: https://mill/-/approvals/s1.1.abc\r\n');
});

test('smtps begins with TLS', async () => {
  const { port, received } = await start({ secure: true });
  await send(`smtps://127.0.0.1:${port}`, { ...login, certificate: mailCertificate });
  expect(received).toMatchObject([{ isSecure: true, headers: { subject: 'Pipeline shop: STARTED' } }]);
});

test('without TLS nothing is sent, unless the target allows it', async () => {
  const { port, received } = await start({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'], authOptional: true });
  const url = `smtp://127.0.0.1:${port}`;
  const { message, isFinal } = await failureOf(send(url));
  expect(message).toMatch(/^127\.0\.0\.1:\d+ did not take the message: .*STARTTLS/);
  expect(isFinal).toBe(false);
  expect(received).toEqual([]);
  await send(url, { plaintext: true });
  expect(received).toMatchObject([{ isSecure: false, user: undefined }]);
});

describe('a failure', () => {
  test.each([
    ['smtp', {}],
    ['smtps', { secure: true }],
  ])('of %s: a certificate that nobody trusts', async (protocol, options) => {
    const { port, received } = await start(options);
    expect((await failureOf(send(`${protocol}://127.0.0.1:${port}`, login))).message).toMatch(
      /certificate|self.signed/i,
    );
    expect(received).toEqual([]);
  });

  test('wrong credentials are tried again later, and not repeated in the message', async () => {
    const { port } = await start();
    const members = { ...login, password: 'open barley', certificate: mailCertificate };
    const { message, isFinal } = await failureOf(send(`smtp://127.0.0.1:${port}`, members));
    expect(message).toContain('wrong user or password');
    expect(message).not.toContain('barley');
    expect(isFinal).toBe(false);
  });

  test('a server that offers no login gets no message', async () => {
    const { port, received } = await start({ disabledCommands: ['AUTH'] });
    const { message } = await failureOf(send(`smtp://127.0.0.1:${port}`, { ...login, certificate: mailCertificate }));
    expect(message).toContain('did not take the message');
    expect(received).toEqual([]);
  });

  test.each([
    [550, true],
    [451, false],
  ])('a recipient that is refused with %i is final: %s', async (responseCode, isFinal) => {
    const { port } = await start({
      authOptional: true,
      onRcptTo: (_address, _session, callback) => callback(Object.assign(new Error('not here'), { responseCode })),
    });
    const failure = await failureOf(send(`smtp://127.0.0.1:${port}`, { certificate: mailCertificate }));
    expect(failure).toMatchObject({ isFinal, message: expect.stringContaining(`${responseCode} not here`) });
  });

  test('a message that only some recipients get is not sent to them again', async () => {
    const { port, received } = await start({
      authOptional: true,
      onRcptTo: ({ address }, _session, callback) =>
        callback(address.startsWith('bob') ? Object.assign(new Error('no bob'), { responseCode: 550 }) : undefined),
    });
    const failure = await failureOf(send(`smtp://127.0.0.1:${port}`, { certificate: mailCertificate }));
    expect(failure.message).toContain('took the message for some, but refused bob@example.com');
    expect(failure.isFinal).toBe(true);
    expect(received).toMatchObject([{ to: ['ann@example.com'] }]);
  });

  test('a message that is refused for good is final', async () => {
    const { port } = await start({
      authOptional: true,
      onData(stream, _session, callback) {
        stream.resume();
        stream.on('end', () => callback(Object.assign(new Error('looks like spam'), { responseCode: 554 })));
      },
    });
    const failure = await failureOf(send(`smtp://127.0.0.1:${port}`, { certificate: mailCertificate }));
    expect(failure).toMatchObject({ isFinal: true, message: expect.stringContaining('554 looks like spam') });
  });

  test('a server that hangs is given up after 20 s, and its connection closed', async () => {
    const { url, sockets } = await startSocket(() => undefined);
    const timer = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timer.signal);
    const failure = failureOf(send(url));
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    timer.abort();
    expect((await failure).message).toBe(`${new URL(url).host} did not take the message within 20 s.`);
    expect(timeout).toHaveBeenCalledWith(20_000);
    await vi.waitFor(() => expect(sockets[0]?.destroyed || sockets[0]?.readableEnded).toBe(true));
  });

  test('a server whose response never ends is given up', async () => {
    const { url } = await startSocket((socket) => {
      const flood = () => {
        while (!socket.destroyed && socket.write(`220-${'x'.repeat(65_536)}`));
      };
      socket.on('drain', flood);
      flood();
    });
    expect((await failureOf(send(url))).message).toContain('did not take the message');
  });

  test('a server that is away', async () => {
    const { port, close } = await start();
    await close();
    closers.length = 0;
    expect((await failureOf(send(`smtp://127.0.0.1:${port}`))).message).toContain('ECONNREFUSED');
  });
});

async function startSocket(onConnection: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

test.each([
  ['url', 'http://example.com'],
  ['url', 'smtp://u:p@example.com'],
  ['url', 'smtp://example.com/path'],
  ['from', 'mill'],
  ['from', 'a@b.c\r\nBcc: x@y.z'],
])('%s: %j is a mistake', (member, value) => {
  expect(mailSender.members[member]?.mistakeIn?.(value)).toBeDefined();
});

test.each([
  [{ to: [] }, 'to'],
  [{ to: ['ann@example.com', 'bob'] }, 'to'],
  [{ username: 'mill' }, 'username'],
  [{ password: 'x' }, 'password'],
  [{ ...login, plaintext: true }, 'plaintext'],
  [{ url: 'smtps://example.com', plaintext: true }, 'plaintext'],
])('%j together are a mistake', (members, member) => {
  const document = { url: 'smtp://example.com', from: 'a@example.com', to: ['b@example.com'], ...members };
  expect(mailSender.mistakesOf?.(document).map((mistake) => mistake.member)).toContain(member);
});
