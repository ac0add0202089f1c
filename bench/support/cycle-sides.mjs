// @ts-check
/** @import { Scratch } from './scratch.mjs' */
/** @import { ServerProcess } from './server-process.mjs' */
import { build, loadStore } from './builds.mjs';
import { Caller } from './caller.mjs';
import { createWorker, declareCycle } from './cycle.mjs';
import { createHttpClient } from './http-client.mjs';
import { startMillrace } from './millrace.mjs';

/**
 * @typedef {object} Settings
 * @property {string} name of its data folder and profile
 * @property {number} workers
 * @property {string} [databaseUrl] its PostgreSQL database, else it is embedded
 * @property {URL} [of] which build
 *
 * @typedef {{ server: ServerProcess, data: string, work: (() => Promise<void>)[] }} ServedSide
 */

/**
 * Starts a server with the pipelines of the cycle, and workers that call it over HTTP.
 *
 * @param {Scratch} scratch
 * @param {Settings} settings
 * @returns {Promise<ServedSide>}
 */
export async function serveCycles(scratch, { name, workers, databaseUrl, of }) {
  const data = scratch.folder(name);
  const server = await startMillrace(scratch, data, { options: optionsFor(databaseUrl), of, profile: name });
  await Caller.use(server.url, declareCycle);
  const callers = await Caller.openMany(scratch, server.url, workers);
  return { server, data, work: callers.map((caller) => createWorker(createHttpClient(caller))) };
}

/**
 * Creates workers that call the store in this process; its rows were created by a server, with the same calls.
 *
 * @param {Scratch} scratch
 * @param {Settings} settings
 */
export async function openCycles(scratch, { name, workers, databaseUrl, of = build }) {
  const data = scratch.folder(name);
  const server = await startMillrace(scratch, data, { options: optionsFor(databaseUrl), of });
  await Caller.use(server.url, declareCycle);
  await server.stop();
  const { openEmbeddedStore, openPostgresStore, createStoreClient } = await loadStore(of);
  const open = () =>
    databaseUrl === undefined ? openEmbeddedStore(data, Date.now) : openPostgresStore({ url: databaseUrl }, Date.now);
  const store = await scratch.ownOpened(open, (opened) => opened.close());
  return Array.from({ length: workers }, () => createWorker(createStoreClient(store)));
}

/** @type {(databaseUrl?: string) => string[]} */
function optionsFor(databaseUrl) {
  return databaseUrl === undefined ? [] : ['--database-url', databaseUrl];
}
