// @ts-check
// The builds of the product that are measured: this checkout, or the one that BENCH_BUILD names, and optionally an older
// one to compare it with, which BENCH_BASE names.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The measured build. */
export const build = buildAt(process.env.BENCH_BUILD ?? fileURLToPath(new URL('../../', import.meta.url)));

/** The build that it is compared with in the same run, if one was given. */
export const base = process.env.BENCH_BASE ? buildAt(process.env.BENCH_BASE) : undefined;

/** What a build is called in tables that compare it. */
export const baseTitle = 'the base build';

/**
 * Returns the folder of a checkout that has been built.
 *
 * @param {string} folder
 */
function buildAt(folder) {
  const path = resolve(folder);
  if (!existsSync(`${path}/dist/main.js`))
    throw new Error(`${path} is not a built checkout: run npm ci and npm run build there`);
  return pathToFileURL(`${path}/`);
}

/**
 * Loads the embedded store of a build and a worker's client of it. Both come from that checkout, since the store's
 * interface may have changed since.
 *
 * @param {URL} of
 * @returns {Promise<{
 *   openEmbeddedStore: typeof import('./product.mjs').openEmbeddedStore,
 *   openPostgresStore: typeof import('./product.mjs').openPostgresStore,
 *   createStoreClient: typeof import('./store-client.mjs').createStoreClient,
 * }>}
 */
export async function loadStore(of) {
  const load = (/** @type {string} */ name) => import(new URL(`bench/support/${name}.mjs`, of).href);
  const { openEmbeddedStore, openPostgresStore } = await load('product');
  const { createStoreClient } = await load('store-client');
  return { openEmbeddedStore, openPostgresStore, createStoreClient };
}
