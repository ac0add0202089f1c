// @ts-check
/** @import { Scratch } from './scratch.mjs' */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pg } from './peers.mjs';
import { cpuMsOf } from './server-process.mjs';

const program = fileURLToPath(new URL('../../scripts/postgres-server.mjs', import.meta.url));

/** A PostgreSQL server with default durability; it ends with this process, however that ends. */
export class PostgresServer {
  /**
   * @param {Scratch} scratch stops it at the end
   * @param {string[]} [options] of its program
   */
  static async start(scratch, options = []) {
    const args = [program, '--durable', ...options];
    const create = () => spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const child = scratch.own(create, stopChild);
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^ready (\S+)/.exec(line)?.[1];
      if (url) return new PostgresServer(child, url);
    }
    throw new Error('PostgreSQL did not start');
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} url
   */
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  /**
   * Creates an empty database, or a copy of another one; returns its URL.
   *
   * @param {string} name
   * @param {string} [template]
   */
  async createDatabase(name, template = 'template1') {
    await this.query(`create database ${name} template ${template}`);
    return this.urlOf(name);
  }

  /** @param {string} database */
  urlOf(database) {
    const url = new URL(this.url);
    url.pathname = `/${database}`;
    return url.href;
  }

  /**
   * @param {string} text
   * @param {string} [url] of a database
   */
  async query(text, url = this.url) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Returns the CPU time of all its processes so far, in ms. */
  cpuMs() {
    const [postmaster] = childrenOf(Number(this.child.pid));
    if (postmaster === undefined) throw new Error('PostgreSQL has ended');
    return [postmaster, ...childrenOf(postmaster)].reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function stopChild(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}

/** @type {(pid: number) => number[]} */
function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
