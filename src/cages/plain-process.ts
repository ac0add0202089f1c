import type { Cage, CageKind, CageRequest } from './cage.ts';
import { confine, endLeft } from './confinement.ts';
import type { ControlGroups } from './control-groups.ts';
import { buildMark } from './marked-processes.ts';

/** Variables of this process that commands need; no other one is passed on. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'USER', 'LOGNAME', 'SHELL'];

/** Creates the cage that confines nothing: commands are processes of this user, with the files of this machine. */
export function plainProcess(environment: Record<string, string | undefined>, groups?: ControlGroups): CageKind {
  return {
    name: 'process',
    findProblem: async () =>
      process.platform === 'linux'
        ? undefined
        : 'Builds in plain processes need Linux, because /proc shows what is left.',
    open: (request) => openPlainProcess(request, environment, groups),
    endLeft: (mark) => endLeft(mark, groups),
  };
}

async function openPlainProcess(
  { mark, folders, limits = {} }: CageRequest,
  environment: Record<string, string | undefined>,
  groups: ControlGroups | undefined,
): Promise<Cage> {
  const confinement = await confine(mark, limits, { groups, hasOwnProcesses: false });
  const passed = passedOn.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
  return {
    folders,
    environment: Object.fromEntries(passed),
    hasUsers: false,
    launch: (command) => ({
      command: confinement.outer(confinement.inner(command)),
      environment: { ...Object.fromEntries(passed), [buildMark]: mark },
      folder: folders.source,
    }),
    end: confinement.end,
    reached: confinement.reached,
  };
}
