// @ts-check
/** @import { Scratch } from './scratch.mjs' */
import { Connection } from './connection.mjs';
import { createSigner } from './signer.mjs';

/** Calls the API over its own connection, one call at a time. */
export class Caller {
  /** @param {string} url */
  static async open(url) {
    return new Caller(url, await Connection.open(url));
  }

  /**
   * Runs `work` with a caller, and closes it.
   *
   * @template Result
   * @param {string} url
   * @param {(caller: Caller) => Promise<Result>} work
   */
  static async use(url, work) {
    const caller = await Caller.open(url);
    try {
      return await work(caller);
    } finally {
      caller.close();
    }
  }

  /**
   * Opens as many callers, which are closed at the end of the benchmark.
   *
   * @param {Scratch} scratch
   * @param {string} url
   * @param {number} count
   */
  static openMany(scratch, url, count) {
    const openOne = () =>
      scratch.ownOpened(
        () => Caller.open(url),
        (caller) => caller.close(),
      );
    return Promise.all(Array.from({ length: count }, openOne));
  }

  /**
   * @param {string} url
   * @param {Connection} connection
   */
  constructor(url, connection) {
    this.url = url;
    this.connection = connection;
    this.sign = createSigner(url);
  }

  /**
   * Signs and sends a call; returns its output, and throws on an error response.
   *
   * @param {string} operation
   * @param {object} input
   * @param {Record<string, string | number>} [headers]
   * @returns {Promise<any>}
   */
  async call(operation, input, headers) {
    return this.send(this.sign(operation, JSON.stringify(input), { headers }));
  }

  /**
   * Sends a request that was signed before.
   *
   * @param {Buffer} request
   * @returns {Promise<any>}
   */
  async send(request) {
    // Servers close connections that are idle for a minute, which happens while the other sides are measured.
    if (this.connection.socket.destroyed) this.connection = await Connection.open(this.url);
    const { status, body } = await this.connection.send(request);
    if (status !== 200) throw new Error(`status ${status}: ${body}`);
    return body.length === 0 ? undefined : JSON.parse(body.toString());
  }

  close() {
    this.connection.close();
  }
}
