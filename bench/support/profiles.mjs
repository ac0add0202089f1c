// @ts-check
// With BENCH_CPU_PROFILE=<folder> every measured server writes a CPU profile there when it stops, and the benchmark ends with
// a table of where its busy time went: by room of src/ and by package. Built-in functions count for the nearest caller.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Smaller shares are summed up in one row. */
const smallestShare = 0.005;

/** @type {Map<string, string>} the folder of each profile, by its name */
const folders = new Map();

/**
 * Returns the options of Node.js for a server whose profile has this name.
 *
 * @param {string} [name]
 */
export function profileInto(name) {
  if (!process.env.BENCH_CPU_PROFILE || name === undefined) return [];
  const folder = join(process.env.BENCH_CPU_PROFILE, `${name.replaceAll(/\W+/g, '-')}-${process.pid}`);
  folders.set(name, folder);
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/** Returns a row for each server and room, once the servers have stopped. */
export function profileRows() {
  return [...folders].flatMap(([server, folder]) => {
    if (!existsSync(folder)) return [];
    // One file for each thread.
    const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
    const busy = busyByRoom(files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))));
    return rowsOf(server, busy);
  });
}

/**
 * @param {string} server
 * @param {Map<string, number>} busy
 */
function rowsOf(server, busy) {
  const total = [...busy.values()].reduce((sum, us) => sum + us, 0);
  const sorted = [...busy].sort(([, left], [, right]) => right - left);
  const shown = sorted.filter(([, us]) => us >= total * smallestShare);
  const rest = total - shown.reduce((sum, [, us]) => sum + us, 0);
  return [...shown, /** @type {const} */ (['everything else', rest])].map(([room, us]) => ({
    server,
    room,
    '% of busy time': Number(((us / total) * 100).toFixed(1)),
    ms: Math.round(us / 1000),
  }));
}

/**
 * @typedef {object} Node
 * @property {number} id
 * @property {{ functionName: string, url: string }} callFrame
 * @property {number[]} [children]
 * @typedef {{ nodes: Node[], samples: number[], timeDeltas: number[] }} Profile
 */

/**
 * Sums the µs that were not idle.
 *
 * @param {Profile[]} profiles
 */
export function busyByRoom(profiles) {
  /** @type {Map<string, number>} */
  const busy = new Map();
  for (const { nodes, samples, timeDeltas } of profiles) {
    const rooms = roomsOf(nodes);
    for (const [index, id] of samples.entries()) {
      const room = rooms.get(id);
      if (room !== undefined) busy.set(room, (busy.get(room) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
    }
  }
  return busy;
}

/**
 * Returns the room of each node of the tree; none for idle time.
 *
 * @param {Node[]} nodes
 */
function roomsOf(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {Map<number, string | undefined>} */
  const rooms = new Map();
  /** @type {(node: Node, caller: string | undefined) => void} */
  const visit = (node, caller) => {
    const { functionName } = node.callFrame;
    const own = roomOf(node.callFrame.url) ?? caller;
    const special = specials.get(functionName);
    rooms.set(node.id, functionName === '(idle)' ? undefined : (special ?? own ?? 'node'));
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) visit(child, own);
    }
  };
  const [root] = nodes;
  if (root) visit(root, undefined);
  return rooms;
}

/** What the profiler calls time that belongs to no function. */
const specials = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code'],
]);

/** @type {(url: string) => string | undefined} */
function roomOf(url) {
  if (url.startsWith('node:internal/modules/')) return 'loading modules';
  const [, dependency] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (dependency !== undefined) return dependency;
  const [, room, file] = /\/dist\/([^/]+)(\/)?/.exec(url) ?? [];
  return room === undefined || file ? room : 'main';
}
