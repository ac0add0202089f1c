import { spawnSync } from 'node:child_process';

/** The tools of the system suite, a command that proves each one works, and its Debian package. */
const tools = [
  { name: 'aws', check: ['/usr/bin/aws', '--version'], debianPackage: 'awscli' },
  { name: 'boto3', check: ['/usr/bin/python3', '-c', 'import boto3'], debianPackage: 'python3-boto3' },
  { name: 'ceph-mon', check: ['ceph-mon', '--version'], debianPackage: 'ceph-mon' },
  { name: 'ceph-osd', check: ['ceph-osd', '--version'], debianPackage: 'ceph-osd' },
  { name: 'radosgw', check: ['radosgw', '--version'], debianPackage: 'radosgw' },
  { name: 'haproxy', check: ['haproxy', '-v'], debianPackage: 'haproxy' },
  { name: 'postgres', check: ['/bin/sh', '-c', 'ls /usr/lib/postgresql/*/bin/postgres'], debianPackage: 'postgresql' },
  { name: 'systemd-analyze', check: ['systemd-analyze', '--version'], debianPackage: 'systemd' },
  { name: 'yaml', check: ['/usr/bin/python3', '-c', 'import yaml'], debianPackage: 'python3-yaml' },
  { name: 'curl', check: ['curl', '--version'], debianPackage: 'curl' },
  { name: 'git', check: ['git', '--version'], debianPackage: 'git' },
  { name: 'sshd', check: ['test', '-x', '/usr/sbin/sshd'], debianPackage: 'openssh-server' },
  { name: 'docker-registry', check: ['docker-registry', '--version'], debianPackage: 'docker-registry' },
  { name: 'bwrap', check: ['bwrap', '--version'], debianPackage: 'bubblewrap' },
  { name: 'podman', check: ['podman', '--version'], debianPackage: 'podman' },
  { name: 'runc', check: ['runc', '--version'], debianPackage: 'runc' },
  { name: 'busybox', check: ['/bin/busybox', 'true'], debianPackage: 'busybox-static' },
  { name: 'make', check: ['make', '--version'], debianPackage: 'make' },
  { name: 'zsh', check: ['zsh', '--version'], debianPackage: 'zsh' },
  { name: 'fish', check: ['fish', '--version'], debianPackage: 'fish' },
];

/** Fails before the first test if a tool is missing: a skipped test would look like a passed one. */
export default function requireTools(): void {
  const missing = tools.filter(({ check: [command = '', ...args] }) => spawnSync(command, args).status !== 0);
  if (missing.length === 0) return;
  const lines = missing.map(({ name, debianPackage }) => `${name} is missing: apt-get install ${debianPackage}`);
  throw new Error(`The system suite needs tools that this machine lacks.\n${lines.join('\n')}`);
}
