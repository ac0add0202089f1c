import type { Duplex } from 'node:stream';

/** The requests of one connection that have come and not begun, and whether one is being answered. */
interface Line {
  isRunning: boolean;
  waiting: { isWhole(): boolean; begin(): void }[];
  whenIdle: (() => void)[];
}

/**
 * With so many waiting requests nothing more is read from their connection until there are fewer. Meanwhile nobody
 * notices that its client has gone, so it is more than any client has reason to send.
 */
const pauseAt = 128;
/** Beyond these a connection is cut. What one read of usual requests brings on top of `pauseAt` fits. */
const maxWaitingOfConnection = 512;
const maxWaiting = 8192;

/**
 * Lets the requests of each connection run one at a time, in the order in which they came: a client that sends many in
 * one write takes no more of the server than one that waits for its answers.
 */
export class Turns {
  readonly #lines = new Map<Duplex, Line>();
  #waiting = 0;

  /** Calls `begin` when everything before on this connection is over. Cuts a connection that sends too many ahead. */
  take(socket: Duplex, request: { isWhole(): boolean; begin(): void }): void {
    const line = this.#lineOf(socket);
    if (!line.isRunning) {
      line.isRunning = true;
      request.begin();
      return;
    }
    if (line.waiting.length >= maxWaitingOfConnection || this.#waiting >= maxWaiting) {
      socket.destroy();
      return;
    }
    line.waiting.push(request);
    this.#waiting += 1;
    // Not at once: the parser reads on whenever it has come to the end of a request, until this piece is done.
    if (line.waiting.length === pauseAt) process.nextTick(() => line.waiting.length >= pauseAt && socket.pause());
  }

  /** Says that the request that began last on this connection is over. */
  pass(socket: Duplex): void {
    const line = this.#lines.get(socket);
    if (!line) return;
    // The answer may have been the last of its connection.
    if (socket.destroyed || socket.writableEnded) this.#clear(line);
    const next = line.waiting.shift();
    if (next) {
      this.#waiting -= 1;
      if (line.waiting.length === pauseAt - 1) socket.resume();
      next.begin();
      return;
    }
    line.isRunning = false;
    for (const listener of line.whenIdle.splice(0)) listener();
  }

  /** Drops the requests of a connection that has ended. */
  forget(socket: Duplex): void {
    const line = this.#lines.get(socket);
    if (!line) return;
    this.#lines.delete(socket);
    this.#clear(line);
  }

  /** Calls `listener` once nothing runs and nothing waits on a connection. A waiting request that never ends is dropped. */
  whenIdle(socket: Duplex, listener: () => void): void {
    const line = this.#lines.get(socket);
    if (!line?.isRunning) {
      listener();
      return;
    }
    const whole = line.waiting.filter((request) => request.isWhole());
    this.#waiting -= line.waiting.length - whole.length;
    line.waiting = whole;
    line.whenIdle.push(listener);
  }

  #lineOf(socket: Duplex): Line {
    let line = this.#lines.get(socket);
    if (line === undefined) {
      line = { isRunning: false, waiting: [], whenIdle: [] };
      this.#lines.set(socket, line);
    }
    return line;
  }

  #clear(line: Line): void {
    this.#waiting -= line.waiting.length;
    line.waiting = [];
  }
}
