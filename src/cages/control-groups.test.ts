import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGroup } from './control-groups.ts';
import { mountedControllers } from './mounted-controllers.ts';

describe('control groups', () => {
  const names = ['memory', 'pids', 'cpu'] as const;
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'control-groups-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, content: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const find = () => mountedControllers(names, { root, own: join(root, 'own'), processes: [process.pid] });

  test.each([
    [1, ['cpu.shares 205', 'pids.max 100', 'memory.limit_in_bytes 1000', 'cpu.cfs_quota_us 150000']],
    [2, ['cpu.weight 20', 'pids.max 100', 'memory.max 1000', 'memory.swap.max 0', 'cpu.max 150000 100000']],
  ] as const)('of version %i have the limits of a build', async (version, settings) => {
    const folders = { memory: root, pids: root, cpu: root };
    const limits = { memoryBytes: 1000, processes: 100, processors: 1.5 };
    const group = await createGroup({ version, folders }, 'build', limits);
    for (const setting of settings) {
      const [file = '', ...value] = setting.split(' ');
      expect(read(`build/${file}`)).toBe(value.join(' '));
    }
    expect(group.joinFiles).toEqual([join(root, 'build', 'cgroup.procs')]);
    expect(await group.reached()).toEqual({ memory: false, processes: false });
    write(version === 2 ? 'build/memory.events' : 'build/memory.oom_control', 'oom 1\noom_kill 2\n');
    write('build/pids.events', 'max 3\n');
    expect(await group.reached()).toEqual({ memory: true, processes: true });
  });

  test('of version 1 are below those of this process, one for each controller', async () => {
    write('own', '4:memory:/a\n3:cpu,cpuacct:/\n2:pids:/b\n0::/\n');
    expect(await find()).toEqual({
      version: 1,
      folders: { memory: join(root, 'memory/a'), pids: join(root, 'pids/b'), cpu: join(root, 'cpu/') },
    });
  });

  test('of version 2 are in the group of this process, which moves out of the way', async () => {
    write('own', '0::/unit\n');
    write('unit/cgroup.procs', `${process.pid}\n`);
    write('unit/cgroup.subtree_control', '');
    write('cgroup.subtree_control', '');
    const parent = join(root, 'unit');
    expect(await find()).toEqual({ version: 2, folders: { memory: parent, pids: parent, cpu: parent } });
    expect(read('unit/millrace/cgroup.procs')).toBe(`${process.pid}`);
    expect(read('unit/cgroup.subtree_control')).toBe('+memory +pids +cpu');
    // A runner that is started again is in there.
    write('own', '0::/unit/millrace\n');
    write('unit/cgroup.subtree_control', 'cpu memory pids\n');
    expect((await find()).folders.pids).toBe(parent);
  });

  test('of version 2 are nowhere in a group of other programs', async () => {
    write('own', '0::/session\n');
    write('session/cgroup.procs', `${process.pid}\n${process.ppid}\n`);
    write('session/cgroup.subtree_control', '');
    write('cgroup.subtree_control', '');
    await expect(find()).rejects.toThrow('has processes of others; give this one its own by Delegate=yes');
    write('own', '');
    await expect(find()).rejects.toThrow('the kernel has no control groups');
  });
});
