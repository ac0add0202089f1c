import { BrokenHistory, type HistoryOptions, playHistory } from './history.ts';

/** The maximum length of the subject of a violated rule. */
const longestSubject = 3000;

/** Shortens a history to the steps that are needed for the violation. */
function shorten(broken: BrokenHistory): BrokenHistory {
  let shortest = breakOf({ ...broken.options, isStrict: true }) ?? broken;
  const rule = ruleOf(shortest);
  for (let index = shortest.played.length - 1; index >= 0; index -= 1) {
    const { options, played } = shortest;
    const steps = stepsOf(shortest).filter((step) => step !== played[index]?.step);
    const shorter = breakOf({ ...options, steps });
    if (shorter && ruleOf(shorter) === rule) shortest = shorter;
  }
  return shortest;
}

function breakOf(options: HistoryOptions): BrokenHistory | undefined {
  try {
    playHistory(options);
    return undefined;
  } catch (error) {
    if (error instanceof BrokenHistory) return error;
    throw error;
  }
}

/** The played steps, without the end, which is always played. */
function stepsOf({ played }: BrokenHistory): number[] {
  return played.filter(({ event }) => event !== 'end').map(({ step }) => step);
}

function ruleOf({ message }: BrokenHistory): string {
  return message.split(':', 1)[0] ?? '';
}

/** Describes a violation, how to reproduce it, and the shortest history. */
export function describeBroken(broken: BrokenHistory): string {
  const shortest = shorten(broken);
  const { seed, number } = broken.options;
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
