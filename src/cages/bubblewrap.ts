import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cage, CageKind, CageRequest } from './cage.ts';
import { confine, endLeft } from './confinement.ts';
import type { ControlGroups } from './control-groups.ts';
import { findProgram } from './find-program.ts';
import { buildMark } from './marked-processes.ts';
import { codeBuildFolders, folderPairs, searchPath, temporaryFolders, visiblePaths } from './visible-paths.ts';

const run = promisify(execFile);

/** Settings of cages that show programs of this machine. */
export interface MachineCageSettings {
  path: string | undefined;
  /** Further paths of this machine that builds may read. */
  readable: readonly string[];
  /** Hold the limits of builds; without them limits of processes do. */
  groups?: ControlGroups;
}

/**
 * Creates the cage of Bubblewrap: processes see programs of this machine, read-only, and the folders of their build, but
 * no other files, no other processes and, without `hasNetwork`, no network.
 */
export function bubblewrap(settings: MachineCageSettings): CageKind {
  const { path } = settings;
  return {
    name: 'bubblewrap',
    async findProblem() {
      const program = await findProgram('bwrap', path);
      if (program === undefined) return 'Bubblewrap is not installed: install the package bubblewrap.';
      try {
        await run(program, ['--unshare-all', '--ro-bind', '/', '/', 'true']);
        return undefined;
      } catch (error) {
        const said = error instanceof Error ? error.message.split('\n').at(-2) : String(error);
        return `Bubblewrap cannot create namespaces here, perhaps because the kernel forbids them to this user: ${said}`;
      }
    },
    open: (request) => openBubblewrap(request, settings),
    endLeft: (mark) => endLeft(mark, settings.groups),
  };
}

async function openBubblewrap(
  { mark, folders, hasNetwork, limits = {} }: CageRequest,
  { groups, readable }: MachineCageSettings,
): Promise<Cage> {
  const inside = codeBuildFolders(mark, folders);
  const confinement = await confine(mark, limits, { groups, hasOwnProcesses: true });
  const visible = await visiblePaths(readable);
  const options = [
    ...['--unshare-all', '--unshare-user', '--uid', '0', '--gid', '0', '--hostname', 'codebuild'],
    ...(hasNetwork ? ['--share-net'] : []),
    ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--clearenv'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/run'],
    ...visible.flatMap(({ path, target }) =>
      target === undefined ? ['--ro-bind', path, path] : ['--symlink', target, path],
    ),
    ...[...folderPairs(folders, inside), ...(await temporaryFolders(folders))].flatMap(({ outside, inside: path }) => [
      '--bind',
      outside,
      path,
    ]),
    ...['--setenv', 'PATH', searchPath, '--setenv', buildMark, mark, '--chdir', inside.source],
  ];
  return {
    folders: inside,
    environment: { PATH: searchPath, LANG: 'C.UTF-8' },
    hasUsers: false,
    // The program itself has no mark: it would end everything inside before that could end itself.
    launch: (command) => ({
      command: confinement.outer(['bwrap', ...options, '--', ...confinement.inner(command)]),
      environment: { PATH: process.env.PATH ?? searchPath },
      folder: folders.source,
    }),
    end: confinement.end,
    reached: confinement.reached,
  };
}
