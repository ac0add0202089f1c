import type { Config } from '../../../src/config/config.ts';
import { rootKey, serve, type TestServer } from './server.ts';

/** A server that uses another one as its external S3-compatible store. */
export interface ServerWithStore extends TestServer {
  /** The other server, which contains the objects. */
  store: TestServer;
}

/** Starts both for the running test; their clocks advance together. */
export async function serveWithStore(
  overrides: Partial<Config> = {},
  storeOverrides: Partial<Config> = {},
): Promise<ServerWithStore> {
  const store = await serve(storeOverrides);
  const server = await serve({
    artifactStore: store.url,
    artifactStoreAccessKeyId: rootKey.accessKeyId,
    artifactStoreSecretAccessKey: rootKey.secretAccessKey,
    ...overrides,
  });
  const advance = (ms: number) => {
    store.clock.advance(ms);
    server.clock.advance(ms);
  };
  return { ...server, store, clock: { ...server.clock, advance } };
}
