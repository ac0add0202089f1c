import type { Cage, CageKind, CageRequest } from './cage.ts';
import { buildMark, endMarked } from './marked-processes.ts';

/** Variables of this process that commands need; no other one is passed on. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'USER', 'LOGNAME', 'SHELL'];

/** Creates the cage that confines nothing: commands are processes of this user, with the files of this machine. */
export function plainProcess(environment: Record<string, string | undefined>): CageKind {
  return {
    name: 'process',
    findProblem: async () =>
      process.platform === 'linux'
        ? undefined
        : 'Builds in plain processes need Linux, because /proc shows what is left.',
    open: async (request) => openPlainProcess(request, environment),
  };
}

function openPlainProcess({ buildId, folders }: CageRequest, environment: Record<string, string | undefined>): Cage {
  const passed = passedOn.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
  return {
    folders,
    environment: Object.fromEntries(passed),
    hasUsers: false,
    launch: (command) => ({
      command,
      environment: { ...Object.fromEntries(passed), [buildMark]: buildId },
      folder: folders.source,
    }),
    end: (graceMs) => endMarked(buildId, graceMs),
  };
}
