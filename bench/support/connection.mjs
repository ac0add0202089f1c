// @ts-check
import { connect } from 'node:net';

const headerEnd = Buffer.from('\r\n\r\n');

/**
 * A keep-alive connection with one request at a time, on bare TCP: it costs a small part of what the server spends on the
 * same call, which matters as both share the machine. Responses must have a Content-Length.
 */
export class Connection {
  /** @type {Buffer | undefined} what has arrived of an answer that came in pieces */
  #arrived;
  /** @type {{ resolve: (answer: { status: number, body: Buffer }) => void, reject: (error: Error) => void } | undefined} */
  #waiting;

  /**
   * @param {string} url
   * @returns {Promise<Connection>}
   */
  static open(url) {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
      socket.once('error', reject);
    });
  }

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  /**
   * Sends a whole request and returns the response.
   *
   * @param {Buffer} request
   * @returns {Promise<{ status: number, body: Buffer }>}
   */
  send(request) {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('the server closed the connection'));
      this.#waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close() {
    this.#waiting = undefined;
    this.socket.destroy();
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    const all = this.#arrived ? Buffer.concat([this.#arrived, bytes]) : bytes;
    const end = all.indexOf(headerEnd);
    if (end < 0) {
      this.#arrived = all;
      return;
    }
    const head = all.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.#waiting?.reject(new Error(`a response without Content-Length: ${head}`));
    const bodyAt = end + headerEnd.length;
    if (all.length < bodyAt + Number(length)) {
      this.#arrived = all;
      return;
    }
    this.#arrived = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body: all.subarray(bodyAt) });
  }
}
