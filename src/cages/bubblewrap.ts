import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cage, CageKind, CageRequest } from './cage.ts';
import { findProgram } from './find-program.ts';
import { buildMark, endMarked } from './marked-processes.ts';
import { codeBuildFolders, folderPairs, searchPath, visiblePaths } from './visible-paths.ts';

const run = promisify(execFile);

/** Settings of cages that show programs of this machine. */
export interface MachineCageSettings {
  path: string | undefined;
  /** Further paths of this machine that builds may read. */
  readable: readonly string[];
}

/**
 * Creates the cage of Bubblewrap: processes see programs of this machine, read-only, and the folders of their build, but
 * no other files, no other processes and, without `hasNetwork`, no network.
 */
export function bubblewrap({ path, readable }: MachineCageSettings): CageKind {
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
    open: (request) => openBubblewrap(request, readable),
  };
}

async function openBubblewrap(
  { buildId, folders, hasNetwork }: CageRequest,
  readable: readonly string[],
): Promise<Cage> {
  const inside = codeBuildFolders(buildId, folders);
  const visible = await visiblePaths(readable);
  const options = [
    ...['--unshare-all', '--unshare-user', '--uid', '0', '--gid', '0', '--hostname', 'codebuild'],
    ...(hasNetwork ? ['--share-net'] : []),
    ...['--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--clearenv'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/run', '--tmpfs', '/var/tmp'],
    ...visible.flatMap(({ path, target }) =>
      target === undefined ? ['--ro-bind', path, path] : ['--symlink', target, path],
    ),
    ...folderPairs(folders, inside).flatMap(({ outside, inside: path }) => ['--bind', outside, path]),
    ...['--setenv', 'PATH', searchPath, '--setenv', buildMark, buildId, '--chdir', inside.source],
  ];
  return {
    folders: inside,
    environment: { PATH: searchPath, LANG: 'C.UTF-8' },
    hasUsers: false,
    // The program itself has no mark: it would end everything inside before that could end itself.
    launch: (command) => ({
      command: ['bwrap', ...options, '--', ...command],
      environment: { PATH: process.env.PATH ?? searchPath },
      folder: folders.source,
    }),
    end: (graceMs) => endMarked(buildId, graceMs),
  };
}
