import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildFolders } from './cage.ts';

/** Where programs are inside. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Programs and libraries of this machine, which builds in a cage read. */
const programPaths = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt'];

/** Settings that programs need. The rest of `/etc` may have secrets, and stays out. */
const settingPaths = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'fonts',
  'group',
  'gitconfig',
  'hosts',
  'inputrc',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'magic',
  'maven',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'passwd',
  'pki',
  'profile',
  'protocols',
  'python3',
  'resolv.conf',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
].map((name) => `/etc/${name}`);

/** A path that builds in a cage see as it is; `target` is set for a link. */
export interface VisiblePath {
  path: string;
  target?: string;
}

/** Returns the paths of this machine that builds in a cage see. */
export async function visiblePaths(more: readonly string[]): Promise<VisiblePath[]> {
  const found = await Promise.all(
    [...programPaths, ...settingPaths, ...more].map(async (path): Promise<VisiblePath[]> => {
      const status = await lstat(path).catch(() => undefined);
      if (!status) return [];
      return status.isSymbolicLink() && !path.startsWith('/etc/')
        ? [{ path, target: await readlink(path) }]
        : [{ path }];
    }),
  );
  return found.flat();
}

/** Returns where CodeBuild has the folders of a build. */
export function codeBuildFolders(mark: string, { secondarySources }: BuildFolders): BuildFolders {
  const number = Number.parseInt(createHash('sha256').update(mark).digest('hex').slice(0, 8), 16);
  const output = `/codebuild/output/src${number}`;
  return {
    source: `${output}/src`,
    secondarySources: Object.fromEntries(
      Object.keys(secondarySources).map((name) => [name, `${output}/secSrc/${name}`]),
    ),
    temporary: '/codebuild/output/tmp',
    home: '/root',
  };
}

/** Returns the folders of a build on this machine with where commands see them. */
export function folderPairs(outside: BuildFolders, inside: BuildFolders): { outside: string; inside: string }[] {
  const secondary = Object.entries(outside.secondarySources).map(([name, folder]) => ({
    outside: folder,
    inside: inside.secondarySources[name] ?? folder,
  }));
  return [
    { outside: outside.source, inside: inside.source },
    ...secondary,
    { outside: outside.temporary, inside: inside.temporary },
    { outside: outside.home, inside: inside.home },
  ];
}

/** Makes the folders for temporary files of programs, on disk, since a file system in memory takes memory of the build. */
export async function temporaryFolders({ temporary }: BuildFolders): Promise<{ outside: string; inside: string }[]> {
  const pairs = ['/tmp', '/var/tmp'].map((inside) => ({
    outside: join(temporary, `of-programs${inside.replaceAll('/', '-')}`),
    inside,
  }));
  for (const { outside } of pairs) {
    await mkdir(outside, { recursive: true });
    await chmod(outside, 0o1777);
  }
  return pairs;
}
