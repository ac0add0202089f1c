// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * A temporary folder for a benchmark, and everything that must be closed at its end, the newest first. Whatever a benchmark
 * starts is registered here as soon as it exists, not when it is ready: a failure while setting up must leave nothing behind.
 */
export class Scratch {
  /** @type {Set<Scratch>} */
  static #open = new Set();

  #root = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  /** @type {(() => unknown)[]} */
  #closers = [() => rmSync(this.#root, { recursive: true, force: true })];
  /** @type {Promise<unknown>[]} */
  #opened = [];
  /** @type {Promise<void> | undefined} */
  #closing;

  /**
   * Runs `work` and cleans up after it, however it ends: also after a signal, or an error that nothing awaits.
   *
   * @template Result
   * @param {(scratch: Scratch) => Promise<Result>} work
   * @returns {Promise<Result>}
   */
  static async use(work) {
    const scratch = new Scratch();
    Scratch.#add(scratch);
    try {
      return await work(scratch);
    } finally {
      await scratch.#close();
      Scratch.#remove(scratch);
    }
  }

  /** @param {Scratch} scratch */
  static #add(scratch) {
    if (Scratch.#open.size === 0) {
      for (const signal of signals) process.on(signal, Scratch.#end);
      process.on('uncaughtException', Scratch.#fail);
    }
    Scratch.#open.add(scratch);
  }

  /** @param {Scratch} scratch */
  static #remove(scratch) {
    Scratch.#open.delete(scratch);
    if (Scratch.#open.size > 0) return;
    for (const signal of signals) process.off(signal, Scratch.#end);
    process.off('uncaughtException', Scratch.#fail);
  }

  static #end = async () => {
    for (const scratch of [...Scratch.#open].toReversed()) await scratch.#close();
    process.exit(1);
  };

  /** @param {unknown} error */
  static #fail = (error) => {
    // Once servers are stopped, whatever still calls them fails too; only the first error says why.
    if ([...Scratch.#open].some((scratch) => scratch.#closing)) return;
    console.error(error);
    return Scratch.#end();
  };

  /** Runs only once: an interrupted benchmark also fails, and must not end the process before this completes. */
  #close() {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll() {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        console.error(error);
      }
    }
    await Promise.allSettled(this.#opened);
  }

  /**
   * Creates an empty folder.
   *
   * @param {string} name
   */
  folder(name) {
    this.#refuseIfEnding();
    const path = join(this.#root, name);
    mkdirSync(path);
    return path;
  }

  /**
   * Returns what `create` returns at once, such as a process that was started, and closes it at the end.
   *
   * @template Value
   * @param {() => Value} create
   * @param {(value: Value) => unknown} close
   */
  own(create, close) {
    this.#refuseIfEnding();
    const value = create();
    this.#closers.push(() => close(value));
    return value;
  }

  /**
   * Returns what `open` resolves to, and closes it at the end; an end meanwhile waits for it.
   *
   * @template Value
   * @param {() => Promise<Value>} open
   * @param {(value: Value) => unknown} close
   */
  ownOpened(open, close) {
    this.#refuseIfEnding();
    const openAndOwn = async () => {
      const value = await open();
      // It came too late to be closed with the others.
      if (this.#closing) await close(value);
      return this.own(() => value, close);
    };
    const opened = openAndOwn();
    this.#opened.push(opened);
    return opened;
  }

  /** Setting up may still be under way when an interrupt closes everything. */
  #refuseIfEnding() {
    if (this.#closing) throw new Error('the benchmark is ending');
  }
}
