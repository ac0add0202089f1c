import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';

/** A request to a Millrace server. */
export interface ServerRequest {
  method: 'GET' | 'POST' | 'PUT';
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** PEM of the certificate that the server was started with; if given, no other is trusted. */
  certificate?: string;
}

/** Sends a request and returns the response; rejects with a system or TLS error if there is none. */
export async function requestServer(url: URL, given: ServerRequest): Promise<{ status: number; text: string }> {
  const { method, headers = {}, body = '', signal, certificate } = given;
  const options: RequestOptions = { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
  if (signal) options.signal = signal;
  const isTls = url.protocol === 'https:';
  if (isTls && certificate !== undefined) {
    const socket = await connectPinned({ hostname: url.hostname, port: Number(url.port || 443) }, certificate);
    options.createConnection = () => socket;
  }
  const request = isTls ? httpsRequest(url, options) : httpRequest(url, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode ?? 0, text };
}

/**
 * Connects to a server that must present the certificate it was started with. That is stricter than trusting an
 * authority, so the certificate's name and issuer don't matter. Nothing is sent before the check.
 */
async function connectPinned(
  { hostname, port }: { hostname: string; port: number },
  certificate: string,
): Promise<TLSSocket> {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  if (socket.getPeerX509Certificate()?.fingerprint256 === new X509Certificate(certificate).fingerprint256)
    return socket;
  socket.destroy();
  throw new Error('it presents another certificate than the one it was started with');
}

/** Returns an agent for clients of a server that must present the certificate that `certificateOf` returns at that moment. */
export function pinnedAgent(certificateOf: () => string): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = ({ host, port }, created) => {
    const connecting = connectPinned({ hostname: String(host), port: Number(port) }, certificateOf());
    connecting.then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_|certificate/;

/** Explains why a server did not respond, and what to do. */
export function unreachableText(url: string, error: unknown): string {
  const { code = '', message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  if (code === 'ECONNREFUSED') return `The server at ${url} is not running: start it with 'millrace start'.`;
  if (untrusted.test(code) || untrusted.test(message)) {
    return `The certificate of the server at ${url} isn't trusted (${code || message}): set NODE_EXTRA_CA_CERTS to the PEM file of its authority, or restart the server so that its data folder has its certificate.`;
  }
  return `The server at ${url} can't be reached: ${message || code}.`;
}
