import type { ActionProgress, RunProgress } from './execution-progress.ts';

/** Formats a duration: `0.4 s`, `12.3 s`, `3 min 05 s`. */
export function describeDuration(ms: number): string {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Describes on one line what an action is doing, or how it ended. */
export function describeOutcome({ approval, error, lastLine, status, summary }: ActionProgress): string {
  if (approval) return oneLine(approval.note ?? 'waits for approval');
  if (status === 'InProgress') return oneLine(lastLine ?? summary ?? '');
  return oneLine((status === 'Succeeded' ? summary : (error ?? summary)) ?? '');
}

/** Puts a text of an action on one line of a terminal, without its control characters. */
export function oneLine(text: string): string {
  return printable(text).trim();
}

/** Takes out what would move the cursor or colour the rest of the screen; other control characters become blanks. */
export function printable(text: string): string {
  return text.replaceAll(escapeSequences, '').replaceAll(controlCharacters, ' ').trimEnd();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals begin their commands with it.
const escapeSequences = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Says how a run ended, with what failed. */
export function describeEnd(pipeline: string, { status, stages, actions }: RunProgress, ms: number): string[] {
  const failed = actions.filter((action) => action.status === 'Failed' || action.status === 'Abandoned');
  const reasons = [
    ...failed.map((action) => `${action.stage}/${action.name} ${action.status}: ${describeOutcome(action)}`),
    ...stages.flatMap(({ name, error }) => (error === undefined ? [] : [`${name} Failed: ${oneLine(error)}`])),
  ];
  return [
    `Pipeline ${pipeline} ${status} after ${describeDuration(ms)}`,
    ...(status === 'Succeeded' ? [] : reasons.map((reason) => `  ${reason}`)),
  ];
}
