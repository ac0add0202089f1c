import { describeDuration, describeOutcome } from './describe-run.ts';
import type { ActionProgress, RunProgress } from './execution-progress.ts';

/** How the view looks. */
export interface LiveViewOptions {
  columns: number;
  hasColor: boolean;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const marks = { Succeeded: '✔', Failed: '✘', Abandoned: '■' } as const;
const colors = { Succeeded: 32, Failed: 31, Abandoned: 33, InProgress: 36, note: 2, stage: 1 } as const;

/** Draws an execution at a moment: a line for each stage and each action that has started. */
export function drawRun(
  { stages, actions }: RunProgress,
  now: number,
  { columns, hasColor }: LiveViewOptions,
): string[] {
  const paint = (text: string, color: keyof typeof colors) =>
    hasColor && text !== '' ? `\u001b[${colors[color]}m${text}\u001b[0m` : text;
  const width = Math.max(0, ...actions.map(({ name }) => name.length));
  const drawAction = (action: ActionProgress) => {
    const { endedAt = now, name, startedAt, status } = action;
    const mark = status === 'InProgress' ? frameAt(now) : marks[status];
    const beginning = `  ${mark} ${name.padEnd(width)}  ${describeDuration(endedAt - startedAt).padStart(8)}  `;
    const outcome = cut(describeOutcome(action), columns - beginning.length);
    return `${paint(beginning, status)}${paint(outcome, status === 'Failed' ? 'Failed' : 'note')}`;
  };
  return stages.flatMap(({ error = '', name, status }) => {
    const own = actions.filter(({ stage }) => stage === name);
    const note = cut(error, columns - name.length - 2);
    const heading = status === undefined ? paint(name, 'note') : paint(name, 'stage');
    return [`${heading}${note === '' ? '' : `  ${paint(note, 'Failed')}`}`, ...own.map(drawAction)];
  });
}

/** Writes views over each other at the end of what a terminal shows. */
export function createScreen(write: (text: string) => void): {
  draw(lines: readonly string[]): void;
  /** Lets the view stay; the next one is drawn below it. */
  forget(): void;
} {
  let drawn: readonly string[] = [];
  return {
    draw(lines) {
      // Nothing is written while nothing changes, so that text can be selected.
      if (drawn.length === lines.length && drawn.every((line, index) => line === lines[index])) return;
      const erase = drawn.length === 0 ? '' : `\u001b[${drawn.length}A\r\u001b[J`;
      write(`${erase}${lines.map((line) => `${line}\n`).join('')}`);
      drawn = lines;
    },
    forget() {
      drawn = [];
    },
  };
}

function frameAt(now: number): string {
  return spinner[Math.floor(now / 100) % spinner.length] ?? '';
}

/** Cuts a text that would go on to the next line, which could not be erased. */
function cut(text: string, columns: number): string {
  if (text.length <= columns) return text;
  return columns < 2 ? '' : `${text.slice(0, columns - 1)}…`;
}
