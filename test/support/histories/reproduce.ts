import { BrokenHistory, type Telling, tellHistory } from './history.ts';

/** Longer subjects of a broken rule are cut. */
const longestSubject = 3000;

/** The history as far as it is needed to break a rule: no step after the break, and none that can be left out. */
function shorten(broken: BrokenHistory): BrokenHistory {
  let shortest = breakOf({ ...broken.telling, isStrict: true }) ?? broken;
  const rule = ruleOf(shortest);
  for (let index = shortest.played.length - 1; index >= 0; index -= 1) {
    const { telling, played } = shortest;
    const steps = stepsOf(shortest).filter((step) => step !== played[index]?.step);
    const shorter = breakOf({ ...telling, steps });
    if (shorter && ruleOf(shorter) === rule) shortest = shorter;
  }
  return shortest;
}

function breakOf(telling: Telling): BrokenHistory | undefined {
  try {
    tellHistory(telling);
    return undefined;
  } catch (error) {
    if (error instanceof BrokenHistory) return error;
    throw error;
  }
}

/** The steps that were taken, without the end, which always comes. */
function stepsOf({ played }: BrokenHistory): number[] {
  return played.filter(({ event }) => event !== 'end').map(({ step }) => step);
}

function ruleOf({ message }: BrokenHistory): string {
  return message.split(':', 1)[0] ?? '';
}

/** What broke, how to see it again, and the shortest way there. */
export function describeBroken(broken: BrokenHistory): string {
  const shortest = shorten(broken);
  const { seed, number } = broken.telling;
  const steps = shortest.played.map(({ step, event, outcome }) => `  step ${step}: ${event}, ${outcome}`);
  return [
    `history ${number} of seed ${seed} breaks a rule at step ${broken.played.at(-1)?.step}:`,
    broken.message.slice(0, longestSubject),
    `again: npm run histories -- --seed ${seed} --history ${number}`,
    `shortest way there, ${steps.length} steps, each with the chance of its number:`,
    ...steps,
    String(shortest.cause instanceof Error ? shortest.cause.stack : shortest.message).slice(0, longestSubject),
  ].join('\n');
}
