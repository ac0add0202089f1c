import { oneLine } from '../../local-runs/describe-run.ts';
import type { ActionProgress, RunProgress } from '../../local-runs/execution-progress.ts';
import { createScreen, drawRun } from '../../local-runs/live-view.ts';
import { createPlainView } from '../../local-runs/plain-view.ts';
import type { Terminal } from '../terminal.ts';

/** Where a run is shown. */
export interface RunView {
  show(progress: RunProgress): void;
  /** Whether it is drawn again and again. */
  isLive: boolean;
  /** Asks for an approval; true if it is given. */
  ask(action: ActionProgress, signal: AbortSignal): Promise<boolean>;
}

/** Draws the run on a terminal, or prints lines where it can't be drawn: on standard error if `isQuiet`. */
export function createRunView(terminal: Terminal, { isQuiet }: { isQuiet: boolean }): RunView {
  const { screen } = terminal;
  return screen && !isQuiet
    ? liveView(terminal, screen)
    : plainView(terminal, isQuiet ? terminal.complain : terminal.print);
}

function plainView(terminal: Terminal, print: (line: string) => void): RunView {
  const newLines = createPlainView(Date.now());
  return {
    isLive: false,
    show(progress) {
      for (const line of newLines(progress)) print(line);
    },
    ask: (action, signal) => isApproved(terminal, action, signal),
  };
}

function liveView(terminal: Terminal, screen: NonNullable<Terminal['screen']>): RunView {
  const { draw, forget } = createScreen(screen.write);
  let latest: RunProgress | undefined;
  const drawLatest = () => {
    if (!latest) return;
    const { columns, rows } = screen.size();
    // What is above the first row could not be drawn over.
    draw(drawRun(latest, Date.now(), { columns, hasColor: screen.hasColor }).slice(-(rows - 1)));
  };
  return {
    isLive: true,
    show(progress) {
      latest = progress;
      drawLatest();
    },
    async ask(action, signal) {
      // The view stays as it is above the question, and is drawn again below the answer.
      forget();
      return isApproved(terminal, action, signal);
    },
  };
}

async function isApproved(
  { ask }: Terminal,
  { approval, name, stage }: ActionProgress,
  signal: AbortSignal,
): Promise<boolean> {
  if (!ask) return false;
  const note = oneLine(approval?.note ?? '');
  const answer = await ask(`Approve ${stage}/${name}${note === '' ? '' : ` (${note})`}? [y/N] `, signal);
  return /^y(es)?$/i.test(answer.trim());
}
