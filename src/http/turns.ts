import type { Duplex } from 'node:stream';

/** The requests of one connection that have not begun, and whether one is being answered. */
interface RequestQueue {
  isRunning: boolean;
  waiting: { isWhole(): boolean; begin(): void }[];
  whenIdle: (() => void)[];
}

/**
 * With this many waiting requests the connection is not read until there are fewer. Since that hides that its client has
 * gone, it is more than any client has reason to send.
 */
const pauseAt = 128;
/** Beyond these a connection is cut. One read of usual requests on top of `pauseAt` fits. */
const maxWaitingOfConnection = 512;
const maxWaiting = 8192;

/**
 * Lets the requests of each connection run one at a time, in order: a client that sends many in one write uses no more
 * of the server than one that waits for its answers.
 */
export class Turns {
  readonly #queues = new Map<Duplex, RequestQueue>();
  #waiting = 0;

  /** Calls `begin` when earlier requests of this connection are over. Cuts a connection that sends too many ahead. */
  take(socket: Duplex, request: { isWhole(): boolean; begin(): void }): void {
    const queue = this.#queueOf(socket);
    if (!queue.isRunning) {
      queue.isRunning = true;
      request.begin();
      return;
    }
    if (queue.waiting.length >= maxWaitingOfConnection || this.#waiting >= maxWaiting) {
      socket.destroy();
      return;
    }
    queue.waiting.push(request);
    this.#waiting += 1;
    // In the next tick: until this chunk is parsed, the parser resumes the socket after every request.
    if (queue.waiting.length === pauseAt) process.nextTick(() => queue.waiting.length >= pauseAt && socket.pause());
  }

  /** Begins the next request of a connection, since the one that ran is over. */
  pass(socket: Duplex): void {
    const queue = this.#queues.get(socket);
    if (!queue) return;
    // The answer may have been the last of its connection.
    if (socket.destroyed || socket.writableEnded) this.#clear(queue);
    const next = queue.waiting.shift();
    if (next) {
      this.#waiting -= 1;
      if (queue.waiting.length === pauseAt - 1) socket.resume();
      next.begin();
      return;
    }
    queue.isRunning = false;
    for (const listener of queue.whenIdle.splice(0)) listener();
  }

  /** Drops the requests of a connection that has ended. */
  forget(socket: Duplex): void {
    const queue = this.#queues.get(socket);
    if (!queue) return;
    this.#queues.delete(socket);
    this.#clear(queue);
  }

  /** Calls `listener` once nothing runs or waits on a connection. Drops waiting requests that are incomplete. */
  whenIdle(socket: Duplex, listener: () => void): void {
    const queue = this.#queues.get(socket);
    if (!queue?.isRunning) {
      listener();
      return;
    }
    const whole = queue.waiting.filter((request) => request.isWhole());
    this.#waiting -= queue.waiting.length - whole.length;
    queue.waiting = whole;
    queue.whenIdle.push(listener);
  }

  #queueOf(socket: Duplex): RequestQueue {
    let queue = this.#queues.get(socket);
    if (queue === undefined) {
      queue = { isRunning: false, waiting: [], whenIdle: [] };
      this.#queues.set(socket, queue);
    }
    return queue;
  }

  #clear(queue: RequestQueue): void {
    this.#waiting -= queue.waiting.length;
    queue.waiting = [];
  }
}
