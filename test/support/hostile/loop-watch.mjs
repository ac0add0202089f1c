// @ts-check
// Preloaded into a server (`node --import`): measures the longest single piece of work of its event loop. It answers the
// messages 'reset' and 'read' of its parent and never keeps the process alive.
import { openSync, readFileSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const line = Buffer.alloc(128);
const schedule = openSchedule();

function openSchedule() {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return undefined;
  }
}

/** The CPU time of the main thread in ms; undefined if the system doesn't report it. */
function computedMs() {
  if (schedule === undefined) return undefined;
  const length = readSync(schedule, line, 0, line.length, 0);
  return Number(line.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

if (isMainThread && process.send) watch();

function watch() {
  let lastWall = performance.now();
  let lastComputed = computedMs();
  let longest = { computedMs: 0, wallMs: 0 };

  // Timers run once in each turn of the loop, so the time between two of them is one piece, with a little idling.
  const look = () => {
    const wall = performance.now();
    const computed = computedMs();
    const piece = computed === undefined || lastComputed === undefined ? wall - lastWall : computed - lastComputed;
    longest = {
      computedMs: Math.max(longest.computedMs, piece),
      wallMs: Math.max(longest.wallMs, wall - lastWall),
    };
    lastWall = wall;
    lastComputed = computed;
  };
  setInterval(look, 1).unref();

  process.on('message', (message) => {
    look();
    if (message === 'reset') longest = { computedMs: 0, wallMs: 0 };
    // The piece before a message counts; the time for its response doesn't.
    process.send?.({ of: message, ...longest, residentMib: residentMib() });
  });
  process.channel?.unref();
}

/** The peak memory of the process in MiB; 0 if the system doesn't report it. */
function residentMib() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}
