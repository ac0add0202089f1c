import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildLimits } from './build-limits.ts';
import { mountedControllers, readGroups } from './mounted-controllers.ts';

/** What a group needs to limit a build. */
const controllers = ['memory', 'pids', 'cpu'] as const;
type Controller = (typeof controllers)[number];

/** The folders in which groups of builds are made, by controller: one and the same in version 2. */
export type Parents = { version: 1 | 2; folders: Record<Controller, string> };

const periodUs = 100_000;
const pollMs = 20;
const maxRounds = 250;

export interface ReachedLimits {
  memory: boolean;
  processes: boolean;
}

/** The processes of one build, for which the kernel keeps the limits. */
export interface ControlGroup {
  /** A process joins the group by writing its id into each of these files. */
  joinFiles: string[];
  /** Says which limits were reached so far. */
  reached(): Promise<ReachedLimits>;
  /** Kills what runs in the group, and removes it. */
  end(): Promise<void>;
}

/** Makes control groups for builds. */
export interface ControlGroups {
  create(name: string, limits: BuildLimits): Promise<ControlGroup>;
  /** Kills what runs in a group that a killed process left, and removes it. */
  endLeft(name: string): Promise<void>;
}

/**
 * Finds out whether this process may make control groups; says why not otherwise. Version 2 needs a group that the
 * system has delegated to this process (`Delegate=yes` of a systemd unit), or root.
 */
export async function findControlGroups(mounted = mountedControllers): Promise<ControlGroups | { problem: string }> {
  try {
    const parents = await mounted(controllers);
    // Whether it works shows only by doing it.
    const tried = await createGroup(parents, `millrace-try-${process.pid}`, { processes: 1 });
    await tried.end();
    return {
      create: (name, limits) => createGroup(parents, name, limits),
      endLeft: (name) => groupAt(parents, name).end(),
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Makes the group of a build below its parents. */
export async function createGroup(parents: Parents, name: string, limits: BuildLimits): Promise<ControlGroup> {
  const group = groupAt(parents, name);
  const folderOf = (controller: Controller) => join(parents.folders[controller], name);
  for (const folder of group.folders) await mkdir(folder, { recursive: true });
  for (const [controller, file, value] of settingsOf(parents.version, limits)) {
    await writeFile(join(folderOf(controller), file), value).catch((error: unknown) => {
      // Kernels without swap accounting have no such file.
      if (!file.includes('sw')) throw error;
    });
  }
  return group;
}

function settingsOf(
  version: 1 | 2,
  { memoryBytes, processes, processors }: BuildLimits,
): [Controller, string, string][] {
  // Builds wait for the server and other programs when processors are scarce.
  const settings: [Controller, string, string][] = [
    version === 2 ? ['cpu', 'cpu.weight', '20'] : ['cpu', 'cpu.shares', '205'],
  ];
  if (processes !== undefined) settings.push(['pids', 'pids.max', `${processes}`]);
  if (memoryBytes !== undefined) {
    const bytes = `${memoryBytes}`;
    settings.push(
      ...((version === 2
        ? [
            ['memory', 'memory.max', bytes],
            ['memory', 'memory.swap.max', '0'],
          ]
        : [
            ['memory', 'memory.limit_in_bytes', bytes],
            ['memory', 'memory.memsw.limit_in_bytes', bytes],
          ]) as [Controller, string, string][]),
    );
  }
  if (processors !== undefined) {
    const quota = `${Math.max(1000, Math.round(processors * periodUs))}`;
    settings.push(version === 2 ? ['cpu', 'cpu.max', `${quota} ${periodUs}`] : ['cpu', 'cpu.cfs_quota_us', quota]);
  }
  return settings;
}

function groupAt(place: Parents, name: string): ControlGroup & { folders: string[] } {
  const parents = place.folders;
  const folders = [...new Set(controllers.map((controller) => join(parents[controller], name)))];
  return {
    folders,
    joinFiles: folders.map((folder) => join(folder, 'cgroup.procs')),
    reached: () => reachedIn(place, name),
    async end() {
      // Nothing new starts, so that a fork bomb can't outrun what ends it.
      await writeFile(join(parents.pids, name, 'pids.max'), '0').catch(() => undefined);
      await writeFile(join(folders[0] ?? '', 'cgroup.kill'), '1').catch(() => undefined);
      for (let round = 0; round < maxRounds; round += 1) {
        const left = (await Promise.all(folders.map(removeGroup))).flat();
        if (left.length === 0) return;
        for (const id of left) killProcess(id);
        await sleep(pollMs);
      }
    },
  };
}

async function reachedIn({ folders, version }: Parents, name: string): Promise<ReachedLimits> {
  const read = (controller: Controller, file: string) =>
    readFile(join(folders[controller], name, file), 'utf8').catch(() => '');
  const memory = await read('memory', version === 2 ? 'memory.events' : 'memory.oom_control');
  const processes = await read('pids', 'pids.events');
  return { memory: /^oom_kill [1-9]/m.test(memory), processes: /^max [1-9]/m.test(processes) };
}

/** Says which limits a process and those beside it have reached. */
export async function reachedBeside(id: number, root = '/sys/fs/cgroup'): Promise<ReachedLimits> {
  const groups = await readGroups(`/proc/${id}/cgroup`).catch(() => new Map<string, string>());
  const version = groups.has('memory') ? 1 : 2;
  const path = (name: Controller) =>
    version === 1 ? join(root, name, groups.get(name) ?? '') : join(root, groups.get('') ?? '');
  const folders = Object.fromEntries(controllers.map((name) => [name, path(name)])) as Record<Controller, string>;
  // Some engines set the limits on the group above that of the processes.
  const [own, above] = await Promise.all(['.', '..'].map((name) => reachedIn({ version, folders }, name)));
  return {
    memory: own?.memory || above?.memory || false,
    processes: own?.processes || above?.processes || false,
  };
}

/** Removes a group, with those that its processes made in it; returns the processes that are still there. */
async function removeGroup(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const below = entries.filter((entry) => entry.isDirectory());
  const left = (await Promise.all(below.map(({ name }) => removeGroup(join(folder, name))))).flat();
  const own = (await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  left.push(...own.map(Number));
  if (left.length > 0) return left;
  await rmdir(folder).catch(() => undefined);
  // Processes that are just ending keep it for a moment.
  return (await isThere(folder)) ? [0] : [];
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function killProcess(id: number): void {
  if (id <= 1 || id === process.pid) return;
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
