import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containers } from '../../../src/cages/container.ts';
import type { TriedCage } from './build-run.ts';

const image = `localhost/millrace-test-build-${process.pid}:latest`;

const podmanIn = (network: string): TriedCage => ({
  cage: containers({
    engine: 'podman',
    path: process.env.PATH,
    engineOptions: ['--runtime', 'runc'],
    runOptions: ['--ulimit', 'nofile=1024:4096', '--ulimit', 'nproc=500:500'],
    network,
  }),
  image,
});

/** Podman with a small image, as it works where it may not raise limits and has no network for containers. */
export const testPodman = podmanIn('none');

/** The same with the network of this machine. */
export const podmanWithNetwork = podmanIn('host');

/** Makes an image of BusyBox and Bash, since there is no registry to get one from; returns how to remove it. */
export function makeTestImage(): () => void {
  const root = mkdtempSync(join(tmpdir(), 'millrace-image-'));
  const script = `set -e
mkdir -p "$1/bin" "$1/tmp" "$1/etc" "$1/usr"
for name in $(/bin/busybox --list); do ln -sf busybox "$1/bin/$name"; done
cp --remove-destination /bin/busybox /bin/bash "$1/bin/"
ldd /bin/bash | grep -o '/[^ ]*' | while read -r file; do mkdir -p "$1$(dirname "$file")"; cp -L "$file" "$1$file"; done
echo 'root:x:0:0::/root:/bin/sh' > "$1/etc/passwd"
echo 'builder:x:1000:1000::/tmp:/bin/sh' >> "$1/etc/passwd"
tar -C "$1" -c . | podman import - ${image}`;
  const made = spawnSync('/bin/bash', ['-c', script, 'bash', root], { encoding: 'utf8' });
  rmSync(root, { recursive: true });
  if (made.status !== 0) throw new Error(made.stderr);
  return () => {
    spawnSync('podman', ['rmi', '--force', image]);
  };
}
