import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MachineCageSettings } from './bubblewrap.ts';
import type { Cage, CageKind, CageRequest } from './cage.ts';
import { confine, endLeft } from './confinement.ts';
import { findProgram } from './find-program.ts';
import { buildMark } from './marked-processes.ts';
import { codeBuildFolders, folderPairs, searchPath, temporaryFolders, visiblePaths } from './visible-paths.ts';

const run = promisify(execFile);

/**
 * Builds the root of the cage on a temporary file system, enters it, gives up all capabilities and starts the program.
 * The arguments before `--` come in threes: what to do, and two paths.
 */
const setUp = `set -e
root=$(mktemp -d)
mount -t tmpfs tmpfs "$root"
while [ "$1" != -- ]; do
  case $1 in
    link) ln -s "$2" "$root$3" ;;
    *)
      if [ -d "$2" ]; then mkdir -p "$root$3"; else mkdir -p "$(dirname "$root$3")"; : > "$root$3"; fi
      mount --rbind "$2" "$root$3"
      if [ "$1" = read ]; then mount -o remount,bind,ro,nosuid,nodev "$root$3"; fi ;;
  esac
  shift 3
done
shift
mkdir -p "$root/proc" "$root/dev/pts" "$root/dev/shm" "$root/run" "$root/old"
chmod 1777 "$root/dev/shm"
mount -t proc proc "$root/proc"
for device in null zero full random urandom tty; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
cd "$root"
pivot_root . old
umount -l /old
rmdir /old
hostname codebuild
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"`;

/**
 * Creates the cage of util-linux, for machines without Bubblewrap: processes see what they would see there. Everything
 * it needs is part of Debian's minimal installation.
 */
export function namespaces(settings: MachineCageSettings): CageKind {
  const { path } = settings;
  return {
    name: 'namespaces',
    async findProblem() {
      // Some are in folders that the PATH of most users leaves out.
      const everywhere = `${path ?? ''}:${searchPath}`;
      for (const program of ['unshare', 'setpriv', 'pivot_root', 'mount']) {
        if ((await findProgram(program, everywhere)) === undefined)
          return `${program} is not installed: install util-linux.`;
      }
      try {
        await run('unshare', [...unshared(false), 'true']);
        return undefined;
      } catch (error) {
        const said = error instanceof Error ? error.message.split('\n').at(-2) : String(error);
        return `Namespaces cannot be created here, perhaps because the kernel forbids them to this user: ${said}`;
      }
    },
    open: (request) => openNamespaces(request, settings),
    endLeft: (mark) => endLeft(mark, settings.groups),
  };
}

function unshared(hasNetwork: boolean): string[] {
  return [
    ...['--user', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts', '--cgroup'],
    ...(hasNetwork ? [] : ['--net']),
  ];
}

async function openNamespaces(
  { mark, folders, hasNetwork, limits = {} }: CageRequest,
  { groups, readable }: MachineCageSettings,
): Promise<Cage> {
  const inside = codeBuildFolders(mark, folders);
  const confinement = await confine(mark, limits, { groups, hasOwnProcesses: true });
  const visible = await visiblePaths(readable);
  const mounts = [
    ...visible.flatMap(({ path, target }) => (target === undefined ? ['read', path, path] : ['link', target, path])),
    ...[...folderPairs(folders, inside), ...(await temporaryFolders(folders))].flatMap(({ outside, inside: path }) => [
      'write',
      outside,
      path,
    ]),
  ];
  const environment = [`PATH=${searchPath}`, `${buildMark}=${mark}`];
  return {
    folders: inside,
    environment: { PATH: searchPath, LANG: 'C.UTF-8' },
    hasUsers: false,
    launch: (command) => ({
      command: confinement.outer([
        ...['unshare', ...unshared(hasNetwork), 'sh', '-c', setUp, 'sh', ...mounts, '--'],
        ...['env', '-i', '-C', inside.source, ...environment, ...confinement.inner(command)],
      ]),
      environment: { PATH: searchPath },
      folder: folders.source,
    }),
    end: confinement.end,
    reached: confinement.reached,
  };
}
