import { mkdir } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../builds/remove-tree.ts';
import { bubblewrap } from '../cages/bubblewrap.ts';
import type { CageKind } from '../cages/cage.ts';
import { containers } from '../cages/container.ts';
import { type ControlGroups, findControlGroups } from '../cages/control-groups.ts';
import { namespaces } from '../cages/namespaces.ts';
import { plainProcess } from '../cages/plain-process.ts';
import type { CageName } from '../model/build.ts';
import type { RunnerCages } from './choose-cage.ts';
import { createPace } from './pace-calls.ts';
import type { RunnerParts } from './perform-build.ts';
import { type Runner, type RunnerOptions, startRunner } from './runner.ts';
import { openWorkFolder } from './work-folder.ts';

/** How a runner is set up. */
export interface RunnerSetting
  extends Pick<RunnerParts, 'api' | 'archiveLimits' | 'callService' | 'endpoint' | 'httpsAgent' | 'limits' | 'log'>,
    Pick<RunnerOptions, 'concurrency' | 'name' | 'onlyCages' | 'stopGraceMs'>,
    Omit<RunnerCages, 'kinds'> {
  environment: Record<string, string | undefined>;
  /** Shared by the runners of a user; each has a folder of its own in it. */
  workRoot: string;
  containerNetwork?: string;
}

const runnerNiceness = 5;

/** Starts a runner on this machine: finds its cages, removes what a killed runner left, and claims builds. */
export async function runRunner(setting: RunnerSetting): Promise<Runner> {
  const { allowsProcesses, containerNetwork, environment, images, log, preferred, workRoot, ...parts } = setting;
  // The server on the same machine comes first, and builds come after the runner.
  setPriority(runnerNiceness);
  const groups = await findControlGroups();
  if ('problem' in groups) log.warn({ problem: groups.problem }, 'builds have no control groups; see docs/build.md');
  const kinds = cagesOf(environment, { network: containerNetwork, groups: 'problem' in groups ? undefined : groups });
  const working = await workingCages(kinds);
  const endLeftovers = async (id: string) => {
    for (const kind of working) await kind.endLeft(id);
  };
  const workFolder = await openWorkFolder(workRoot, { endLeftovers, log });
  const cacheFolder = join(workRoot, 'caches');
  await mkdir(cacheFolder, { recursive: true });
  log.info({ cages: working.map(({ name }) => name), concurrency: parts.concurrency }, 'the runner claims builds');
  if (allowsProcesses) log.warn({}, 'builds may be plain processes, which can read and do all that this user can');
  const cages: RunnerCages = { kinds, allowsProcesses, images, ...(preferred && { preferred }) };
  const runner = startRunner({ ...parts, log, cages, workFolder, cacheFolder, paceLogs: createPace() });
  return {
    ...runner,
    async stop() {
      await runner.stop();
      await removeTree(workFolder);
    },
  };
}

function cagesOf(
  environment: Record<string, string | undefined>,
  { network, groups }: { network: string | undefined; groups: ControlGroups | undefined },
): Record<CageName, CageKind[]> {
  const path = environment.PATH;
  const machine = { path, readable: [], ...(groups && { groups }) };
  const container = (['docker', 'podman'] as const).map((engine) =>
    containers({ engine, path, engineOptions: [], runOptions: [], ...(network !== undefined && { network }) }),
  );
  return {
    container,
    bubblewrap: [bubblewrap(machine)],
    namespaces: [namespaces(machine)],
    process: [plainProcess(environment, groups)],
  };
}

async function workingCages(kinds: Record<CageName, CageKind[]>): Promise<CageKind[]> {
  const all = Object.values(kinds).flat();
  const problems = await Promise.all(all.map((kind) => kind.findProblem()));
  return all.filter((_, index) => problems[index] === undefined);
}
