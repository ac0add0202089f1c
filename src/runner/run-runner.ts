import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bubblewrap } from '../cages/bubblewrap.ts';
import type { CageKind } from '../cages/cage.ts';
import { containers } from '../cages/container.ts';
import { namespaces } from '../cages/namespaces.ts';
import { plainProcess } from '../cages/plain-process.ts';
import type { CageName } from '../model/build.ts';
import type { RunnerCages } from './choose-cage.ts';
import type { RunnerParts } from './perform-build.ts';
import { type Runner, type RunnerOptions, startRunner } from './runner.ts';
import { openWorkFolder } from './work-folder.ts';

/** How a runner is set up. */
export interface RunnerSetting
  extends Pick<RunnerParts, 'api' | 'archiveLimits' | 'callService' | 'endpoint' | 'log'>,
    Pick<RunnerOptions, 'concurrency' | 'name' | 'onlyCages' | 'stopGraceMs'>,
    Omit<RunnerCages, 'kinds'> {
  environment: Record<string, string | undefined>;
  /** Shared by the runners of a user; each has a folder of its own in it. */
  workRoot: string;
  containerNetwork?: string;
}

/** Starts a runner on this machine: finds its cages, removes what a killed runner left, and claims builds. */
export async function runRunner(setting: RunnerSetting): Promise<Runner> {
  const { allowsProcesses, containerNetwork, environment, images, log, preferred, workRoot, ...parts } = setting;
  const kinds = cagesOf(environment, containerNetwork);
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
  const runner = startRunner({ ...parts, log, cages, workFolder, cacheFolder });
  return {
    ...runner,
    async stop() {
      await runner.stop();
      await rm(workFolder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function cagesOf(
  environment: Record<string, string | undefined>,
  network: string | undefined,
): Record<CageName, CageKind[]> {
  const path = environment.PATH;
  const container = (['docker', 'podman'] as const).map((engine) =>
    containers({ engine, path, engineOptions: [], runOptions: [], ...(network !== undefined && { network }) }),
  );
  return {
    container,
    bubblewrap: [bubblewrap({ path, readable: [] })],
    namespaces: [namespaces({ path, readable: [] })],
    process: [plainProcess(environment)],
  };
}

async function workingCages(kinds: Record<CageName, CageKind[]>): Promise<CageKind[]> {
  const all = Object.values(kinds).flat();
  const problems = await Promise.all(all.map((kind) => kind.findProblem()));
  return all.filter((_, index) => problems[index] === undefined);
}
