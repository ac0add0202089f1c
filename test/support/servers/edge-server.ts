import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../../src/config/config.ts';
import type { Limits } from '../../../src/http/limits.ts';
import { startServer } from '../../../src/server/start-server.ts';
import { account, type Clock, clientConfig, createClock, rootKey } from './server.ts';

/** A line of the log. */
export type LogLine = Record<string, unknown> & { msg: string; level: number };

/** A server in this process for tests of its limits, log and shutdown. */
export interface EdgeServer {
  url: string;
  clock: Clock;
  /** The log so far: lines of JSON. */
  logText(): string;
  /** The log lines for calls so far. */
  calls(): LogLine[];
  codePipeline(): CodePipelineClient;
  s3(): S3Client;
  /** Stops the server before the test ends. */
  close(): Promise<void>;
}

/** Starts a server; `limits` are those of the port, everything else is a setting. */
export async function serveEdge({
  limits,
  ...settings
}: Partial<Config> & { limits?: Partial<Limits> } = {}): Promise<EdgeServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-edge-'));
  const defaults = readConfig({
    flags: { data: folder, port: '0', account },
    env: { MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId, MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey },
  });
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const config = { ...defaults, logLevel: 'debug' as const, ...settings };
  const clock = createClock();
  const surroundings = { now: clock.now, elapsed: clock.elapsed, longestSleepMs: 50, limits };
  const server = await startServer(config, pino({ level: config.logLevel }, stream), surroundings);
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const lines = (): LogLine[] => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogLine]));
  return {
    url: server.url,
    clock,
    logText: () => text,
    calls: () => lines().filter(({ msg }) => msg === 'call'),
    codePipeline: () => new CodePipelineClient(clientConfig(server.url)),
    s3: () => new S3Client({ ...clientConfig(server.url), forcePathStyle: true }),
    close: () => server.close(),
  };
}
