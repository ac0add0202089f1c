import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BuildLimits } from './build-limits.ts';
import { type Cage, CageError, type CageKind, type CageRequest } from './cage.ts';
import { describeReached } from './confinement.ts';
import { reachedBeside } from './control-groups.ts';
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

/** Runs a command of the engine and returns what it prints. */
type CallEngine = (args: readonly string[], options?: { signal?: AbortSignal; timeoutMs?: number }) => Promise<string>;

/** Creates the cage of containers: the project's image, and nothing of this machine but the folders of the build. */
export function containers(settings: ContainerSettings): CageKind {
  const { engine, engineOptions, path } = settings;
  const call: CallEngine = async (args, { signal, timeoutMs = engineTimeoutMs } = {}) => {
    const { stdout } = await run(engine, [...engineOptions, ...args], {
      timeout: timeoutMs,
      ...(signal && { signal }),
    });
    return stdout;
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
    async endLeft(mark) {
      const found = await call(['ps', '--all', '--quiet', '--filter', `label=${buildLabel}=${mark}`]);
      for (const id of found.split('\n').filter(Boolean)) await removeContainer(id, call);
    },
  };
}

async function openContainer(
  { mark, folders, hasNetwork, image, isPrivileged, limits = {}, signal }: CageRequest,
  { engine, engineOptions, network, runOptions }: ContainerSettings,
  call: CallEngine,
): Promise<Cage> {
  if (image === undefined) throw new CageError('A build in a container needs an image.');
  const inside = codeBuildFolders(mark, folders);
  const name = `millrace-${randomUUID()}`;
  const volumes = folderPairs(folders, inside).flatMap(({ outside, inside: path }) => ['-v', `${outside}:${path}`]);
  const started = [
    ...['run', '--detach', '--name', name, '--label', `${buildLabel}=${mark}`, '--hostname', 'codebuild'],
    ...networkOptions(hasNetwork ? network : 'none'),
    ...limitOptions(limits),
    ...(isPrivileged ? ['-v', `${await findSocket(engine)}:/var/run/docker.sock`] : []),
    ...runOptions,
    ...volumes,
    ...['--workdir', inside.source, '--entrypoint', 'sh', image, '-c', keeper],
  ];
  await call(started, { signal, timeoutMs: startTimeoutMs }).catch(async (error: unknown) => {
    await call(['rm', '--force', name]).catch(() => undefined);
    throw new CageError(`The container of ${image} could not be started: ${reasonOf(error)}`);
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
      await removeContainer(name, call);
    },
    async reached() {
      // Nothing can start inside when there are as many processes as there may be.
      const id = Number(await call(['inspect', '--format', '{{.State.Pid}}', name]).catch(() => 0));
      return id > 0 ? describeReached(await reachedBeside(id), limits) : [];
    },
  };
}

async function removeContainer(name: string, call: CallEngine): Promise<void> {
  // Podman's `rm` would wait for SIGTERM, which the keeper ignores.
  await call(['kill', name]).catch(() => undefined);
  await call(['rm', '--force', '--volumes', name]).catch(() => undefined);
}

/** Finds the socket of the engine, which privileged builds get; throws with what to do if there is none. */
async function findSocket(engine: ContainerSettings['engine']): Promise<string> {
  const named = /^unix:\/\/(\/.+)$/.exec(process.env.DOCKER_HOST ?? '')?.[1];
  const own = process.env.XDG_RUNTIME_DIR;
  const usual =
    engine === 'docker'
      ? ['/var/run/docker.sock']
      : [...(own === undefined ? [] : [join(own, 'podman/podman.sock')]), '/run/podman/podman.sock'];
  const places = named === undefined ? usual : [named];
  for (const path of places) {
    const status = await stat(path).catch(() => undefined);
    if (status?.isSocket()) return path;
  }
  const advice = engine === 'podman' ? ': start podman.socket with systemctl' : '';
  throw new CageError(
    `A privileged build needs the socket of ${engine}, but ${places.join(' and ')} is none${advice}.`,
  );
}

/** The engine keeps limits by control groups of its own; what it has on disk it does not limit. */
function limitOptions({ memoryBytes, processes, processors, diskBytes }: BuildLimits): string[] {
  return [
    // Builds wait for other programs when processors are scarce.
    ...['--cpu-shares', '205'],
    ...(memoryBytes === undefined ? [] : ['--memory', `${memoryBytes}b`, '--memory-swap', `${memoryBytes}b`]),
    // Docker refuses more than there are.
    ...(processors === undefined ? [] : ['--cpus', `${Math.min(processors, availableParallelism())}`]),
    ...(processes === undefined ? [] : ['--pids-limit', `${processes}`]),
    ...(diskBytes === undefined ? [] : ['--ulimit', `fsize=${diskBytes}`]),
  ];
}

/** Sends SIGTERM to everything inside and waits until only what keeps the container is left. */
async function endGently(inContainer: (script: string) => Promise<string>, graceMs: number): Promise<void> {
  const until = performance.now() + graceMs;
  const isAsked = await inContainer('kill -TERM -1').then(
    () => true,
    // It has as many processes as it may have.
    () => false,
  );
  while (isAsked && performance.now() < until) {
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
