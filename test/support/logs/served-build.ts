import type { Config } from '../../../src/config/config.ts';
import type { ClaimBuildsOutput } from '../../../src/contract/generated.ts';
import { createBuild } from '../builds/create-build.ts';
import { callOwn } from '../requests/own-api.ts';
import { serve, type TestServer } from '../servers/server.ts';

/** A server with a claimed build `mill:1`. */
export interface ServedBuild {
  server: TestServer;
  claim: { buildArn: string; fence: number };
  /** Calls our own API; returns the answer. */
  call<Answer = Record<string, unknown>>(operation: string, input: object): Promise<Answer>;
  /** Appends to the log. */
  put(input: object): Promise<Record<string, unknown>>;
  finish(status: string): Promise<unknown>;
}

/** Starts a server, by default one that keeps objects itself, and claims a build there. */
export async function serveBuild(
  settings: Partial<Config> = {},
  start: (settings: Partial<Config>) => Promise<TestServer> = serve,
): Promise<ServedBuild> {
  const server = await start(settings);
  await createBuild(server.folder, '1');
  const call = async <Answer>(operation: string, input: object) =>
    (await callOwn<Answer>(server.url, operation, input)).answer;
  const { builds } = await call<ClaimBuildsOutput>('ClaimBuilds', { runner: 'r' });
  const { buildArn = '', fence = 0 } = builds[0] ?? {};
  const claim = { buildArn, fence };
  return {
    server,
    claim,
    call,
    put: (input) => call('PutBuildLog', { ...claim, ...input }),
    finish: (status) => call('FinishBuild', { ...claim, status, phases: [] }),
  };
}

/** Returns a line of the build itself. */
export function ownLine(text: string): string {
  return `[Container] 2026/07/14 09:57:51.273721 ${text}\n`;
}

/** The log of a build whose command `make` failed. */
export const failingLog = [
  ownLine('Entering phase BUILD'),
  ownLine('Running command echo hello'),
  'hello\n',
  ownLine('Running command make'),
  'grüße\nError: no rule\n',
  ownLine('Command did not exit successfully make exit status 2'),
  ownLine('Phase complete: BUILD State: FAILED'),
  ownLine(
    'Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: make. Reason: exit status 2',
  ),
].join('');
