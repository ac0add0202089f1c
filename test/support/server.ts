import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { startServer } from '../../src/main.ts';
import { account, clientConfig, type Keys, region, rootKey } from './client-config.ts';

export { account, clientConfig, type Keys, region, rootKey };

/** A clock that a test moves; it runs with the real one otherwise. */
export interface Clock {
  now(): number;
  advance(ms: number): void;
}

/** A clock that shows the real time until it is moved. */
export function createClock(): Clock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    advance(ms) {
      aheadMs += ms;
    },
  };
}

/** A server in this process on a folder and port of its own, ended with the test. */
export interface TestServer {
  url: string;
  clock: Clock;
  folder: string;
  codePipeline(keys?: Keys): CodePipelineClient;
  s3(keys?: Keys): S3Client;
}

/** Starts a server for the running test. Its loops look at the clock, and at lost wake-ups, every `longestSleepMs`. */
export async function serve(overrides: Partial<Config> = {}, { longestSleepMs = 50 } = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const clock = createClock();
  const defaults = readConfig({
    flags: { data: folder, port: '0', account },
    env: { MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId, MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey },
  });
  const log = pino({ level: process.env.TEST_LOG ?? 'fatal' });
  const server = await startServer({ ...defaults, ...overrides }, log, { now: clock.now, longestSleepMs });
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url: server.url,
    clock,
    folder,
    codePipeline: (keys) => onClock(new CodePipelineClient(clientConfig(server.url, keys)), clock),
    s3: (keys) => onClock(new S3Client(clientConfig(server.url, keys)), clock),
  };
}

/** Makes a client sign by a test's clock, whatever the Date of an answer says: that is the real clock's. */
function onClock<Client extends { config: { systemClockOffset: number } }>(client: Client, clock: Clock): Client {
  const get = () => clock.now() - Date.now();
  Object.defineProperty(client.config, 'systemClockOffset', { get, set: () => undefined });
  return client;
}
