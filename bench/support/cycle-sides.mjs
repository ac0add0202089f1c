// @ts-check
/** @import { Store } from '../../src/store/store.ts' */
/** @import { Scratch } from './scratch.mjs' */
import { Caller } from './caller.mjs';
import { createWorker, declareCycle } from './cycle.mjs';
import { createHttpClient } from './http-client.mjs';
import { startMillrace } from './millrace.mjs';
import { createStoreClient } from './store-client.mjs';

/**
 * Starts a server with the pipelines of the cycle, and workers that call it over HTTP.
 *
 * @param {Scratch} scratch
 * @param {{ data: string, options?: string[], workers: number }} settings
 */
export async function serveCycles(scratch, { data, options = [], workers }) {
  const server = await startMillrace(data, options);
  scratch.atEnd(() => server.stop());
  await Caller.use(server.url, declareCycle);
  const callers = await Caller.openMany(server.url, workers);
  scratch.atEnd(() => callers.map((caller) => caller.close()));
  return { server, work: callers.map((caller) => createWorker(createHttpClient(caller))) };
}

/**
 * Creates workers that call the store in this process; its rows were created by a server, with the same calls.
 *
 * @param {Scratch} scratch
 * @param {{ data: string, options?: string[], workers: number, open: () => Promise<Store> }} settings
 */
export async function openCycles(scratch, { data, options = [], workers, open }) {
  const server = await startMillrace(data, options);
  await Caller.use(server.url, declareCycle);
  await server.stop();
  const store = await open();
  scratch.atEnd(() => store.close());
  return Array.from({ length: workers }, () => createWorker(createStoreClient(store)));
}
