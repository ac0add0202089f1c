// @ts-check
/** @import { Scratch } from './scratch.mjs' */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A server that has not ended after this time, in ms, is killed. */
const killAfterMs = 30_000;

/**
 * Returns the CPU time of a process so far, in ms, including its ended children.
 *
 * @param {number} pid
 */
export function cpuMsOf(pid) {
  const file = `/proc/${pid}/stat`;
  const fields = statOf(file).split(') ')[1]?.split(' ') ?? [];
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  // A tick is 10 ms on every Linux that Node.js runs on.
  return ticks * 10;
}

/** @param {string} file */
function statOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A process that has just ended is counted in its parent.
    return '';
  }
}

/** A measured server in its own process; figures of the process come from Linux. */
export class ServerProcess {
  /**
   * Starts `node <args>` and resolves when it has printed `ready at <url>`.
   *
   * @param {Scratch} scratch stops it at the end, also if it never gets ready
   * @param {string[]} args
   * @param {object} [settings]
   * @param {NodeJS.ProcessEnv} [settings.env]
   * @param {'inherit' | 'ignore'} [settings.stderr] where its errors and logs go
   */
  static async start(scratch, args, { env = {}, stderr = 'inherit' } = {}) {
    const create = () =>
      spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', stderr] });
    const child = scratch.own(create, stopChild);
    let printed = '';
    for await (const chunk of child.stdout) {
      printed += chunk;
      const url = /ready at (http:\/\/\S+)/.exec(printed)?.[1];
      if (url) return new ServerProcess(child, url);
    }
    throw new Error(`node ${args.join(' ')} ended before it was ready: ${printed}`);
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} url
   */
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  /** Returns the CPU time of the process so far, in ms. */
  cpuMs() {
    return cpuMsOf(Number(this.child.pid));
  }

  /** Returns its current memory, in MiB. */
  residentMib() {
    const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) / 1024;
  }

  /** Stops it before the end of the benchmark. */
  stop() {
    return stopChild(this.child);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function stopChild(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await exited;
  clearTimeout(timer);
}
