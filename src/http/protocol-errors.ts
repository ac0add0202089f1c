import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallRecord } from './call-record.ts';

/** The answer to bytes that never became a request. */
export interface Malformed {
  code: string;
  httpStatus: number;
  message: string;
}

/** How long a client may still send before its connection is cut; closing it immediately would lose the answer. */
const lingerMs = 1000;

const malformed: Malformed = {
  code: 'MalformedRequestException',
  httpStatus: 400,
  message: 'What was sent is not a valid HTTP/1.1 request.',
};

/** The answer to a request for a tunnel. */
export const noTunnel: Malformed = { ...malformed, message: 'CONNECT is not served here.' };

/** Returns the answer to an error of the HTTP parser; undefined if the client has gone or TLS failed. */
export function malformedOf(error: Error): Malformed | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'Your request header and query parameters exceed the maximum allowed size.';
    return { code: 'RequestHeaderSectionTooLarge', httpStatus: 431, message };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'RequestTimeoutException', httpStatus: 408, message: 'The request did not arrive in time.' };
  }
  // The client has gone in the middle of its request.
  if (code === 'HPE_INVALID_EOF_STATE') return undefined;
  return code.startsWith('HPE_') ? malformed : undefined;
}

/** Writes the answer to a connection that has no request, and ends it. */
export function refuseConnection(socket: Duplex, { code, httpStatus, message }: Malformed, requestId: string): void {
  const body = JSON.stringify({ __type: code, message });
  const head = [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
    'Content-Type: application/x-amz-json-1.1',
    `x-amzn-RequestId: ${requestId}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  socket.on('error', () => undefined);
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(cut));
}

/** Returns its record for log and metrics. */
export function recordOfMalformed({ code }: Malformed): CallRecord {
  return { service: 'own', operation: 'unknown', outcome: code, isRoutine: false };
}
