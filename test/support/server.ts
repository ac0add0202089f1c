import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { startServer } from '../../src/main.ts';

export const account = '123456789012';
export const region = 'us-east-1';
export const rootKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** Keys a client signs with. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

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

/** An SDK client config against a server; no retries, so that every refusal is seen as it is. */
export function clientConfig(url: string, keys: Keys = rootKey) {
  return { endpoint: url, region, credentials: keys, maxAttempts: 1 };
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
