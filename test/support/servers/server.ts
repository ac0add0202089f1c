import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { startServer } from '../../../src/server/start-server.ts';
import { account, clientConfig, type Keys, region, rootKey } from '../requests/client-config.ts';

export { account, clientConfig, type Keys, region, rootKey };

/** The real clock, which a test can advance. */
export interface Clock {
  now(): number;
  /** The elapsed time, which advances too. */
  elapsed(): number;
  advance(ms: number): void;
}

/** Creates a clock that shows the real time until it is advanced. */
export function createClock(): Clock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    elapsed: () => performance.now() + aheadMs,
    advance(ms) {
      aheadMs += ms;
    },
  };
}

/** A server in this process with its own folder and port, stopped after the test. */
export interface TestServer {
  url: string;
  clock: Clock;
  folder: string;
  codePipeline(keys?: Keys): CodePipelineClient;
  s3(keys?: Keys): S3Client;
  /** Stops the server, runs `between`, and starts it again with the same folder and port. */
  restart(between?: () => Promise<void>): Promise<void>;
}

/**
 * Starts a server for the running test. Its loops check the clock and lost wake-ups every `longestSleepMs`; its
 * log goes to `onLog`, one line of JSON at a time.
 */
export async function serve(
  overrides: Partial<Config> = {},
  { longestSleepMs = 50, onLog }: { longestSleepMs?: number; onLog?: (line: string) => void } = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const clock = createClock();
  const defaults = readConfig({
    flags: { data: folder, port: '0', account },
    env: { MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId, MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey },
  });
  const log = onLog ? pino({ level: 'info' }, { write: onLog }) : pino({ level: process.env.TEST_LOG ?? 'fatal' });
  const start = (port: number) =>
    startServer({ ...defaults, port, ...overrides }, log, { now: clock.now, elapsed: clock.elapsed, longestSleepMs });
  let server = await start(defaults.port);
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { url } = server;
  return {
    url,
    clock,
    folder,
    codePipeline: (keys) => onClock(new CodePipelineClient(clientConfig(url, keys)), clock),
    s3: (keys) => onClock(new S3Client(clientConfig(url, keys)), clock),
    async restart(between = async () => undefined) {
      await server.close();
      await between();
      server = await start(Number(new URL(url).port));
    },
  };
}

/** Makes a client sign with the test's clock and ignore the Date of responses, which is from the real clock. */
function onClock<Client extends { config: { systemClockOffset: number } }>(client: Client, clock: Clock): Client {
  const get = () => clock.now() - Date.now();
  Object.defineProperty(client.config, 'systemClockOffset', { get, set: () => undefined });
  return client;
}
