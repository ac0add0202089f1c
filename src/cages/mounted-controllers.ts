import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel tells about control groups. */
export interface ControlGroupPlaces {
  /** The folder below which they are mounted. */
  root: string;
  /** The file that names the groups of this process. */
  own: string;
  processes: readonly number[];
}

const places: ControlGroupPlaces = {
  root: '/sys/fs/cgroup',
  own: '/proc/self/cgroup',
  processes: [process.pid, process.ppid],
};

/** The group of version 2 that this process goes into, since groups with processes may not have others below them. */
const ownGroup = 'millrace';

/** Finds where groups with some controllers can be made. Throws with what is missing. */
export async function mountedControllers<Controller extends string>(
  controllers: readonly Controller[],
  { own, processes, root }: ControlGroupPlaces = places,
): Promise<{ version: 1 | 2; folders: Record<Controller, string> }> {
  const groups = await readGroups(own);
  const first = groups.get(controllers[0] ?? '');
  if (first !== undefined) {
    // Version 1: each controller has a tree of its own.
    const folders = controllers.map((controller) => {
      const path = groups.get(controller);
      if (path === undefined) throw new Error(`the kernel has no controller ${controller}`);
      return [controller, join(root, controller, path)] as const;
    });
    return { version: 1, folders: Object.fromEntries(folders) as Record<Controller, string> };
  }
  const path = groups.get('');
  if (path === undefined) throw new Error('the kernel has no control groups');
  // A runner that was started again is in the group that the one before has made.
  const delegated = join(root, path.replace(/\/millrace$/, ''));
  const parent = await delegate(delegated, controllers, processes).catch(async (error: unknown) => {
    if (!(await isEnabled(root, controllers))) throw error;
    // Root may use the topmost group.
    return root;
  });
  return {
    version: 2,
    folders: Object.fromEntries(controllers.map((controller) => [controller, parent])) as Record<Controller, string>,
  };
}

/** Reads the groups of a process by controller, from its file in `/proc`; that of version 2 has no name. */
export async function readGroups(file: string): Promise<Map<string, string>> {
  const groups = new Map<string, string>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names !== undefined && path !== undefined) for (const name of names.split(',')) groups.set(name, path);
  }
  return groups;
}

async function isEnabled(parent: string, controllers: readonly string[]): Promise<boolean> {
  const names = (await readFile(join(parent, 'cgroup.subtree_control'), 'utf8')).trim().split(' ');
  return controllers.every((name) => names.includes(name));
}

/**
 * Turns the controllers on for groups below, and returns the group. This process, the server that started it, and what
 * they started move out of the way.
 */
async function delegate(parent: string, controllers: readonly string[], own: readonly number[]): Promise<string> {
  if (await isEnabled(parent, controllers)) return parent;
  const members = (await readFile(join(parent, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number);
  for (const id of members) {
    if (await descends(id, own)) continue;
    throw new Error(`the control group ${parent} has processes of others; give this one its own by Delegate=yes`);
  }
  const aside = join(parent, ownGroup);
  await mkdir(aside, { recursive: true });
  for (const id of members) await writeFile(join(aside, 'cgroup.procs'), `${id}`).catch(ignoreEnded);
  await writeFile(join(parent, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '));
  return parent;
}

/** Reports whether a process is one of some others, or was started by one of them. */
async function descends(id: number, ancestors: readonly number[]): Promise<boolean> {
  for (let at = id; at > 1; ) {
    if (ancestors.includes(at)) return true;
    const status = await readFile(`/proc/${at}/status`, 'utf8').catch(() => undefined);
    // It has ended.
    if (status === undefined) return true;
    at = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return false;
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
}
