import type { Chance } from '../engine/random.ts';

/** Points between two steps of the server, as in kill-at-point.mjs. */
export type Point = 'before commit' | 'during commit' | 'after commit' | 'before rename' | 'after rename';

/** When a server is killed: from outside after a time, or by itself at the nth passage of a point. */
export type Kill =
  | { kind: 'instant'; since: 'spawn' | 'ready'; ms: number }
  | { kind: 'point'; point: Point; nth: number };

/** How long to wait for a point that is not passed often enough. */
export const longestLifeMs = 1500;

const longestStartMs = 500;
const longestWorkMs = 450;

/** Half of the kills are from outside, a fifth of them while the server starts. */
export function drawKill(chance: Chance): Kill {
  if (chance.oneIn(2)) {
    const since = chance.oneIn(5) ? 'spawn' : 'ready';
    return { kind: 'instant', since, ms: chance.below(since === 'spawn' ? longestStartMs : longestWorkMs) };
  }
  const point = chance.pick<Point>([
    'before commit',
    'after commit',
    'before commit',
    'after commit',
    'before rename',
    'after rename',
  ]);
  // A start has some commits and two renames; under load there is a commit every few ms, and one rename for twenty.
  return { kind: 'point', point: point ?? 'after commit', nth: 1 + chance.below(point?.endsWith('commit') ? 90 : 12) };
}

/** A kill while a server creates a new folder. */
export function drawFirstKill(chance: Chance): Kill {
  return { kind: 'point', point: chance.oneIn(2) ? 'before commit' : 'after commit', nth: 1 + chance.below(20) };
}

export function describeKill(kill: Kill): string {
  return kill.kind === 'instant' ? `${kill.ms} ms after ${kill.since}` : `${kill.point} ${kill.nth}`;
}
