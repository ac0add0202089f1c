import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cage, CageKind, CageRequest } from './cage.ts';
import { findProgram } from './find-program.ts';
import { codeBuildFolders, folderPairs } from './visible-paths.ts';

const run = promisify(execFile);

/** The label of containers, by which those of a killed runner are found. */
const buildLabel = 'millrace.build';

/** How long the engine may take, for anything but starting a container, which may pull its image. */
const engineTimeoutMs = 60_000;
const startTimeoutMs = 20 * 60_000;
const pollMs = 100;

export interface ContainerSettings {
  /** A program that has the commands of Docker. */
  engine: 'docker' | 'podman';
  /** Options before its command, and those of `run`. */
  engineOptions: readonly string[];
  runOptions: readonly string[];
  /** The network of builds that have one; by default that of the engine. */
  network?: string;
  path: string | undefined;
}

/** Keeps the container, and removes what ends in it. */
const keeper = 'trap "" TERM; while :; do sleep 3600 & wait; done';

/** Succeeds if nothing but the keeper is left. */
const isEmpty = `for process in /proc/[0-9]*; do
case "\${process#/proc/}" in 1 | $$) continue ;; esac
grep -qs '^State:.Z' "$process/status" || grep -qsx sleep "$process/comm" || exit 1
done`;

/** Runs a command of the engine. */
type CallEngine = (args: readonly string[], options?: { signal?: AbortSignal; timeoutMs?: number }) => Promise<void>;

/** Creates the cage of containers: the project's image, and nothing of this machine but the folders of the build. */
export function containers(settings: ContainerSettings): CageKind {
  const { engine, engineOptions, path } = settings;
  const call: CallEngine = async (args, { signal, timeoutMs = engineTimeoutMs } = {}) => {
    await run(engine, [...engineOptions, ...args], { timeout: timeoutMs, ...(signal && { signal }) });
  };
  return {
    name: engine,
    async findProblem() {
      if ((await findProgram(engine, path)) === undefined) return `${engine} is not installed.`;
      return call(['info']).then(
        () => undefined,
        (error: unknown) => `${engine} is installed but does not work: ${reasonOf(error)}`,
      );
    },
    open: (request) => openContainer(request, settings, call),
  };
}

async function openContainer(
  { buildId, folders, hasNetwork, image, signal }: CageRequest,
  { engine, engineOptions, network, runOptions }: ContainerSettings,
  call: CallEngine,
): Promise<Cage> {
  if (image === undefined) throw new Error('A build in a container needs an image.');
  const inside = codeBuildFolders(buildId, folders);
  const name = `millrace-${randomUUID()}`;
  const volumes = folderPairs(folders, inside).flatMap(({ outside, inside: path }) => ['-v', `${outside}:${path}`]);
  const started = [
    ...['run', '--detach', '--name', name, '--label', `${buildLabel}=${buildId}`, '--hostname', 'codebuild'],
    ...networkOptions(hasNetwork ? network : 'none'),
    ...runOptions,
    ...volumes,
    ...['--workdir', inside.source, '--entrypoint', 'sh', image, '-c', keeper],
  ];
  await call(started, { signal, timeoutMs: startTimeoutMs }).catch(async (error: unknown) => {
    await call(['rm', '--force', name]).catch(() => undefined);
    throw new Error(`The container of ${image} could not be started: ${reasonOf(error)}`);
  });
  return {
    folders: inside,
    // The image knows where its programs are.
    environment: {},
    hasUsers: true,
    launch: (command) => ({
      command: [engine, ...engineOptions, 'exec', '--interactive', '--workdir', inside.source, name, ...command],
      environment: environmentOf(process.env),
      folder: folders.source,
    }),
    async end(graceMs) {
      const inContainer = (script: string) => call(['exec', name, 'sh', '-c', script]);
      if (graceMs > 0) await endGently(inContainer, graceMs);
      // Podman's `rm` would wait for SIGTERM, which the keeper ignores.
      await call(['kill', name]).catch(() => undefined);
      await call(['rm', '--force', '--volumes', name]).catch(() => undefined);
    },
  };
}

/** Sends SIGTERM to everything inside and waits until only what keeps the container is left. */
async function endGently(inContainer: (script: string) => Promise<void>, graceMs: number): Promise<void> {
  const until = performance.now() + graceMs;
  await inContainer('kill -TERM -1').catch(() => undefined);
  while (performance.now() < until) {
    const hasEnded = await inContainer(isEmpty).then(
      () => true,
      () => false,
    );
    if (hasEnded) return;
    await sleep(pollMs);
  }
}

function networkOptions(network: string | undefined): string[] {
  return network === undefined ? [] : ['--network', network];
}

/** What the engine's client needs of this process, such as where its server is. */
function environmentOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name]) => ['PATH', 'HOME', 'XDG_RUNTIME_DIR'].includes(name) || name.startsWith('DOCKER_'),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr = '' } = error as Error & { stderr?: string };
  return stderr.trim().split('\n').at(-1) || error.message;
}
