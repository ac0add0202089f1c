import { createHash } from 'node:crypto';
import type { BuildLimits } from './build-limits.ts';
import type { ControlGroups, ReachedLimits } from './control-groups.ts';
import { countThreads, endMarked } from './marked-processes.ts';

/** How the programs of one build start under its limits, and how they end. */
export interface Confinement {
  /** Wraps the program that opens the cage. */
  outer(command: readonly string[]): string[];
  /** Wraps the program inside. */
  inner(command: readonly string[]): string[];
  /** Says which limits were reached so far, in words. */
  reached(): Promise<string[]>;
  /** Ends everything that the build has started: SIGTERM, and SIGKILL for what is left after `graceMs`. */
  end(graceMs: number): Promise<void>;
}

/** Enters control groups, and becomes the program. */
const join = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

/** Sets the limits of each process, as far as the shell knows them, and becomes the program. */
const limit = `[ "$1" = - ] || ulimit -d "$1"
[ "$2" = - ] || ulimit -u "$2" 2>/dev/null || ulimit -p "$2" 2>/dev/null
[ "$3" = - ] || ulimit -f "$3"
shift 3; exec "$@"`;

/**
 * Opens the limits of a build: by control groups if this machine has them; otherwise as far as limits of processes go,
 * which hold memory in each process and not in all together, and do not hold processors.
 * `hasOwnProcesses`: whether the kernel counts the build's processes apart from others of this user.
 */
export async function confine(
  mark: string,
  limits: BuildLimits,
  { groups, hasOwnProcesses }: { groups: ControlGroups | undefined; hasOwnProcesses: boolean },
): Promise<Confinement> {
  const { diskBytes, memoryBytes, processes } = limits;
  const group = await groups?.create(groupName(mark), limits);
  const others = hasOwnProcesses || processes === undefined ? 0 : await countThreads();
  const each = [
    group || memoryBytes === undefined ? '-' : `${Math.ceil(memoryBytes / 1024)}`,
    group || processes === undefined ? '-' : `${processes + others}`,
    diskBytes === undefined ? '-' : `${Math.ceil(diskBytes / 512)}`,
  ];
  return {
    outer: (command) => {
      const patient = ['nice', '-n', '10', ...command];
      return group ? ['sh', '-c', join, 'sh', ...group.joinFiles, '--', ...patient] : patient;
    },
    inner: (command) =>
      each.every((one) => one === '-') ? [...command] : ['sh', '-c', limit, 'sh', ...each, ...command],
    reached: async () => (group ? describeReached(await group.reached(), limits) : []),
    async end(graceMs) {
      await endMarked(mark, graceMs);
      // Has what took its mark away, too.
      await group?.end();
    },
  };
}

/** Ends what a killed process has left of a build. */
export async function endLeft(mark: string, groups: ControlGroups | undefined): Promise<void> {
  await endMarked(mark, 0);
  await groups?.endLeft(groupName(mark));
}

/** Returns the name of a build's control group: ids may be longer than names of folders. */
function groupName(mark: string): string {
  return `millrace-${createHash('sha256').update(mark).digest('hex').slice(0, 24)}`;
}

/** Says which limits a build has reached. */
export function describeReached({ memory, processes }: ReachedLimits, limits: BuildLimits): string[] {
  const { memoryBytes = 0, processes: most = 0 } = limits;
  return [
    ...(memory ? [`The build has used all of its memory, ${Math.round(memoryBytes / 1024 ** 2)} MiB`] : []),
    ...(processes ? [`The build has as many processes as it may have, ${most}`] : []),
  ];
}
