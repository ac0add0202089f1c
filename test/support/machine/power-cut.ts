import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';

/** The content of a file, independent of its names. */
interface Inode {
  isFolder: boolean;
  /** Whether some of its bytes are not synced. */
  isDirty: boolean;
}

/** What a power cut now would leave of everything written since the watch began. */
export interface PowerCut {
  /** Reports whether a file or folder created since would exist, complete, under this name. */
  keeps(path: string): boolean;
  /** Reports whether a file removed since would exist again. */
  revives(path: string): boolean;
  /** Names of files that were renamed or linked before they were synced: a power cut could have left them empty. */
  torn: string[];
}

/**
 * Watches the calls of `node:fs` and `node:fs/promises` until the test ends, and tracks what is on the disk:
 * bytes once their file is synced, names once their folder is synced after it got them.
 */
export async function watchPowerCuts(): Promise<PowerCut> {
  const names = new Map<string, Inode>();
  const durable = new Map<string, Inode>();
  const opened = new Map<unknown, { inode: Inode; path: string }>();
  const torn: string[] = [];

  const note = (file: unknown, path: string, flags: unknown) => {
    const isNew = !names.has(path) && String(flags).startsWith('w');
    const inode = names.get(path) ?? { isFolder: false, isDirty: isNew };
    if (isNew) names.set(path, inode);
    opened.set(file, { inode, path });
  };
  const write = (file: unknown) => {
    const inode = opened.get(file)?.inode;
    if (inode) inode.isDirty = true;
  };
  const sync = (file: unknown) => {
    const { inode, path } = opened.get(file) ?? {};
    if (!inode || path === undefined) return;
    inode.isDirty = false;
    const isIn = (name: string) => dirname(name) === path;
    for (const name of [...durable.keys()].filter(isIn)) durable.delete(name);
    for (const [name, inside] of names) if (isIn(name)) durable.set(name, inside);
  };
  const give = (to: string, inode: Inode | undefined) => {
    if (!inode) return;
    if (inode.isDirty) torn.push(to);
    names.set(to, inode);
  };
  const rename = (from: string, to: string) => {
    give(to, names.get(from));
    names.delete(from);
  };
  const make = (firstMade: unknown, path: string) => {
    if (typeof firstMade !== 'string') return;
    for (let each = path; each.startsWith(firstMade); each = dirname(each)) {
      names.set(each, { isFolder: true, isDirty: false });
    }
  };

  const after = watch(fs);
  after('openSync', (descriptor, [path, flags]) => note(descriptor, String(path), flags));
  after('writeFileSync', (_, [file]) => write(file));
  after('fsyncSync', (_, [file]) => sync(file));
  after('fdatasyncSync', (_, [file]) => sync(file));
  after('renameSync', (_, [from, to]) => rename(String(from), String(to)));
  after('linkSync', (_, [from, to]) => give(String(to), names.get(String(from))));
  after('unlinkSync', (_, [path]) => names.delete(String(path)));
  after('mkdirSync', (made, [path]) => make(made, String(path)));
  const afterPromised = watch(fs.promises);
  afterPromised('open', (handle, [path, flags]) => note(handle, String(path), flags));
  afterPromised('rename', (_, [from, to]) => rename(String(from), String(to)));
  afterPromised('mkdir', (made, [path]) => make(made, String(path)));
  const afterHandle = watch(await prototypeOfHandles());
  for (const name of ['write', 'writev', 'writeFile']) afterHandle(name, (_, __, handle) => write(handle));
  for (const name of ['sync', 'datasync']) afterHandle(name, (_, __, handle) => sync(handle));
  syncBuiltinESMExports();

  const keeps = (path: string): boolean => {
    const inode = durable.get(path);
    if (!inode || inode !== names.get(path) || inode.isDirty) return false;
    const folder = dirname(path);
    return !names.has(folder) || keeps(folder);
  };
  const revives = (path: string) => durable.has(path) && !names.has(path);
  return { torn, keeps, revives };
}

type Note = (result: unknown, given: unknown[], self: unknown) => void;

/** Calls `note` after every successful call until the test ends. */
function watch(target: object): (name: string, note: Note) => void {
  const methods = target as Record<string, (...given: unknown[]) => unknown>;
  return (name, note) => {
    const original = methods[name];
    if (!original) throw new Error(`there is no ${name} to watch`);
    methods[name] = function (this: unknown, ...given: unknown[]) {
      const result = original.apply(this, given);
      if (!(result instanceof Promise)) {
        note(result, given, this);
        return result;
      }
      return result.then((value) => {
        note(value, given, this);
        return value;
      });
    };
    onTestFinished(() => {
      methods[name] = original;
      syncBuiltinESMExports();
    });
  };
}

/** Node.js does not export the class of file handles. */
async function prototypeOfHandles(): Promise<object> {
  const handle = await fs.promises.open(tmpdir(), 'r');
  await handle.close();
  return Object.getPrototypeOf(handle);
}
