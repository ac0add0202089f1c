import type { LogMark, TextMark } from '../store/logs/logs.ts';

/** Longer names are cut: a command may be a script. */
const mostNameCharacters = 1000;

/** A line of the build itself: its first part and the time come before the text. */
const ownLine = /^\[Container\] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d+ (.*)$/;

const ownPrefix = '[Container] ';

const kinds: { kind: TextMark['kind']; pattern: RegExp }[] = [
  { kind: 'phase', pattern: /^Entering phase (\w+)$/ },
  { kind: 'command', pattern: /^Running command (.*)$/ },
  { kind: 'failure', pattern: /^(Command did not exit successfully .*)$/ },
  { kind: 'failure', pattern: /^Phase context status code: (\w+ Message: .*)$/ },
];

/** Finds the phases, commands and failures in whole lines of a build's log. */
export function findMarks(text: string): TextMark[] {
  const marks: TextMark[] = [];
  let line = 0;
  let counted = 0;
  let bytes = 0;
  for (let at = text.indexOf(ownPrefix); at >= 0; at = text.indexOf(ownPrefix, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    const end = text.indexOf('\n', at);
    const mark = readMark(text.slice(at, end < 0 ? text.length : end));
    if (!mark) continue;
    const before = text.slice(counted, at);
    line += before.split('\n').length - 1;
    bytes += Buffer.byteLength(before);
    counted = at;
    marks.push({ ...mark, offset: bytes, line });
  }
  return marks;
}

function readMark(line: string): Pick<TextMark, 'kind' | 'name'> | undefined {
  const [, text = ''] = ownLine.exec(line) ?? [];
  for (const { kind, pattern } of kinds) {
    const [, name] = pattern.exec(text) ?? [];
    if (name !== undefined) return { kind, name: name.slice(0, mostNameCharacters) };
  }
  return undefined;
}

/** Where a build failed. Lines count from 0, offsets bytes from the start of the log. */
export interface FailingPlace {
  phase?: string;
  /** Absent if the failure is none of a command. */
  command?: string;
  exitStatus?: number;
  /** The error, in the build's words. */
  reason: string;
  /** The first line to read: that of the command, or of the failure. */
  line: number;
  offset: number;
  /** The line that says so. */
  failureLine: number;
}

/** Returns where the first phase failed; undefined if none has. A command that was tried again may have failed without. */
export function findFailure(marks: LogMark[]): FailingPlace | undefined {
  const failedPhase = marks.findIndex(({ kind, name }) => kind === 'failure' && phaseFailure.test(name));
  const failure = marks[failedPhase];
  if (!failure) return undefined;
  const [, reason = ''] = phaseFailure.exec(failure.name) ?? [];
  const earlier = marks.slice(0, failedPhase);
  const phase = earlier.findLast(({ kind }) => kind === 'phase')?.name;
  const [, failed] = /^Error while executing command: (.*?)(?:\. Reason: .*)?$/.exec(reason) ?? [];
  const isOfCommand = ({ kind, name }: LogMark) => kind === 'failure' && name.startsWith(commandFailure);
  const refused =
    earlier.findLast((mark) => isOfCommand(mark) && mark.name.startsWith(`${commandFailure} ${failed}`)) ??
    earlier.findLast(isOfCommand);
  const command = refused && earlier.findLast(({ kind, offset }) => kind === 'command' && offset < refused.offset);
  const [, status] = /exit status (\d+)$/.exec(reason) ?? /exit status (\d+)$/.exec(refused?.name ?? '') ?? [];
  const start = (failed !== undefined && command) || failure;
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(start === command && command ? { command: command.name } : {}),
    ...(status === undefined ? {} : { exitStatus: Number(status) }),
    reason,
    line: start.line,
    offset: start.offset,
    failureLine: (start === command && refused ? refused : failure).line,
  };
}

const phaseFailure = /^\w+ Message: (.*)$/;
const commandFailure = 'Command did not exit successfully';
