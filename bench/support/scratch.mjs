// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for a benchmark, and what else must be closed at its end, the newest first. */
export class Scratch {
  #root = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  /** @type {(() => unknown)[]} */
  #closers = [() => rmSync(this.#root, { recursive: true, force: true })];

  /** @type {Promise<void> | undefined} */
  #closing;

  /**
   * Runs a benchmark and cleans up after it, however it ends.
   *
   * @param {(scratch: Scratch) => Promise<void>} work
   */
  static async use(work) {
    const scratch = new Scratch();
    const stop = () => scratch.#close().finally(() => process.exit(1));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    try {
      await work(scratch);
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      await scratch.#close();
    }
  }

  /** Runs only once: an interrupted benchmark also fails, and must not end the process before this completes. */
  #close() {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll() {
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        console.error(error);
      }
    }
  }

  /**
   * Creates an empty folder.
   *
   * @param {string} name
   */
  folder(name) {
    const path = join(this.#root, name);
    mkdirSync(path);
    return path;
  }

  /** @param {() => unknown} close */
  atEnd(close) {
    this.#closers.push(close);
  }
}
