// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the time of a benchmark, and what else has to be closed at its end, the newest first. */
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

  /** Once, whoever asks: a benchmark that is interrupted fails as well, and must not end the process before this has. */
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
   * An empty folder.
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
