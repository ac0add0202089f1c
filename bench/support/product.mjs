// @ts-check
// The built program in dist/, typed as its sources. `npm run bench` makes sure that it is up to date.

/** @type {(path: string) => Promise<any>} */
const load = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);

/** @type {typeof import('../../src/store/open.ts')} */
export const { openEmbeddedStore, openPostgresStore } = await load('store/open.js');
/** @type {typeof import('../../src/store/sqlite/driver.ts')} */
export const { loadSqlite } = await load('store/sqlite/driver.js');
/** @type {typeof import('../../src/engine/tick/apply.ts')} */
export const { apply } = await load('engine/tick/apply.js');
/** @type {typeof import('../../src/engine/events/job-result.ts')} */
export const { jobResult } = await load('engine/events/job-result.js');
/** @type {typeof import('../../src/engine/events/start-execution.ts')} */
export const { startExecution } = await load('engine/events/start-execution.js');
/** @type {typeof import('../../src/model/job.ts')} */
export const { customActionTimeoutMs, newestNonce } = await load('model/job.js');
/** @type {typeof import('../../src/model/queue-key.ts')} */
export const { queueKey, queueOf } = await load('model/queue-key.js');
