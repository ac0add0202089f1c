import type { Chance } from '../engine/random.ts';

/** Places in the server between two steps; kill-at-point.mjs knows them. */
export type Point = 'before commit' | 'during commit' | 'after commit' | 'before rename' | 'after rename';

/** When a server is killed: from outside after so long, or by itself as it passes a point for the nth time. */
export type Kill =
  | { kind: 'instant'; since: 'spawn' | 'ready'; ms: number }
  | { kind: 'point'; point: Point; nth: number };

/** A point that is not passed so often, because little happens, is given up after this. */
export const longestLifeMs = 1500;

const longestStartMs = 500;
const longestWorkMs = 450;

/** One in two from outside, of which one in five while the server starts. */
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
  // A start has some commits and two renames; the load has about one in a few ms, and one in twenty.
  return { kind: 'point', point: point ?? 'after commit', nth: 1 + chance.below(point?.endsWith('commit') ? 90 : 12) };
}

/** Somewhere while a server makes a fresh folder. */
export function drawFirstKill(chance: Chance): Kill {
  return { kind: 'point', point: chance.oneIn(2) ? 'before commit' : 'after commit', nth: 1 + chance.below(20) };
}

export function describeKill(kill: Kill): string {
  return kill.kind === 'instant' ? `${kill.ms} ms after ${kill.since}` : `${kill.point} ${kill.nth}`;
}
