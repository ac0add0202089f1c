import { describeDuration, describeOutcome } from './describe-run.ts';
import type { ActionProgress, RunProgress } from './execution-progress.ts';

/** Returns a function that says, in lines, what is new since its last call; `startedAt` is when the run began. */
export function createPlainView(startedAt: number): (progress: RunProgress) => string[] {
  const begun = new Set<string>();
  const ended = new Set<string>();
  const firstIn = (seen: Set<string>, { id }: ActionProgress) => !seen.has(id) && seen.add(id);
  return ({ actions }) => {
    const lines = actions.flatMap((action) => [
      ...(firstIn(begun, action) ? [{ at: action.startedAt, text: beginningOf(action) }] : []),
      ...(action.endedAt !== undefined && firstIn(ended, action) ? [{ at: action.endedAt, text: endOf(action) }] : []),
    ]);
    return lines
      .sort((one, other) => one.at - other.at)
      .map(({ at, text }) => `${describeDuration(at - startedAt).padStart(8)}  ${text}`);
  };
}

function beginningOf(action: ActionProgress): string {
  const { approval, name, stage } = action;
  return `${stage}/${name} ${approval ? `asks for approval: ${describeOutcome(action)}` : 'started'}`;
}

function endOf(action: ActionProgress): string {
  const { approval: _, ...ended } = action;
  const { endedAt = action.startedAt, name, stage, startedAt, status } = ended;
  const outcome = describeOutcome(ended);
  return `${stage}/${name} ${status} in ${describeDuration(endedAt - startedAt)}${outcome === '' ? '' : `: ${outcome}`}`;
}
