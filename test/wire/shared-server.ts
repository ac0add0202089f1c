import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { account, rootKey } from '../support/servers/server.ts';

/** Starts one server for all tests of a file. The URL is set when tests run. */
export function shareServer(overrides: Partial<Config> = {}): { readonly url: string } {
  const shared = { url: '' };
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const data = await mkdtemp(join(tmpdir(), 'millrace-wire-'));
    const defaults = readConfig({
      flags: { data, port: '0', account },
      env: {
        MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
        MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
      },
    });
    const server = await startServer({ ...defaults, ...overrides }, pino({ level: process.env.TEST_LOG ?? 'fatal' }));
    shared.url = server.url;
    close = async () => {
      await server.close();
      await rm(data, { recursive: true, force: true });
    };
  });
  afterAll(() => close());
  return shared;
}
