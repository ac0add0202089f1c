import type { Config } from '../../../src/config/config.ts';
import { rootKey, serve, type TestServer } from './server.ts';

/** A server whose artifacts are in another one, which is an S3-compatible store as good as any. */
export interface ServerWithStore extends TestServer {
  /** The other server, where the objects really are. */
  store: TestServer;
}

/** Starts both for the running test; their clocks go together. */
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
