import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Launch } from '../cages/cage.ts';
import { MarkedOutput, type MarkedOutputParts } from './marked-output.ts';

/**
 * What runs inside the cage for as long as the build: it reads the shell, the user and the script of each command, runs
 * it and ends its output with a mark and its status. Processes that a command leaves behind live on until the build
 * ends, as at CodeBuild, and each kind of cage has to start one program only. It survives SIGTERM while a command runs, since
 * in a cage its end would kill the others before they could end themselves.
 */
const server = `trap : TERM
while IFS= read -r shell && IFS= read -r user && IFS= read -r script && IFS= read -r mark; do
if [ -z "$user" ]; then "$shell" "$script" </dev/null 2>&1; else
full="/bin/$shell"; [ -x "$full" ] || full="$(command -v "$shell")"
su -s "$full" "$user" -- "$script" </dev/null 2>&1; fi
printf '%s %s\\n' "$mark" "$?"
done`;

/** How long output is read after the shell was ended from inside. */
const drainMs = 500;

/** A command to run; paths are those inside the cage. */
interface ShellCommand {
  shell: string;
  script: string;
  /** The user to run it as, if not that of the cage. */
  user?: string;
}

/** The shell of a build. */
export interface BuildShell {
  /** Runs a command and returns its exit status; undefined if the shell was ended. */
  run(command: ShellCommand): Promise<number | undefined>;
  /** Lets the shell end after the command that is running. */
  close(): void;
  /** Ends the shell without waiting for what it runs. */
  end(): Promise<void>;
}

/** Starts the shell of a build. Rejects if the program of the cage can't be started. */
export async function startBuildShell(
  launch: (command: readonly string[]) => Launch,
  parts: MarkedOutputParts,
): Promise<BuildShell> {
  const { command, environment, folder } = launch(['sh', '-c', server]);
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  // A shell that was ended refuses the next command.
  child.stdin.on('error', () => undefined);
  let isClosed = false;
  // What is printed while everything is being ended belongs to no command.
  const onLines = async (lines: string[]) => (isClosed ? undefined : parts.onLines(lines));
  const output = new MarkedOutput({ ...parts, onLines });
  // What commands print comes in one stream, in their order; the cage itself complains in the other one.
  const reading = Promise.all([
    output.read(child.stdout),
    new MarkedOutput({ ...parts, onLines }).read(child.stderr),
  ]).then(() => undefined);
  const closeOutput = () => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  const ended = new Promise<undefined>((resolve) => child.once('exit', () => resolve(undefined)));
  // What the shell has left behind may hold the pipes open.
  void ended.then(() => setTimeout(closeOutput, drainMs).unref());
  return {
    async run({ shell, script, user = '' }) {
      const mark = `--${randomBytes(16).toString('hex')}--`;
      const marked = output.until(mark);
      child.stdin.write(`${[shell, user, script, mark].join('\n')}\n`);
      // If the lines can't be passed on, the reading rejects; otherwise it ends with the shell.
      const status = await Promise.race([marked, reading]);
      return status === undefined ? undefined : Number(status);
    },
    close() {
      isClosed = true;
      child.stdin.end();
    },
    async end() {
      killGroup(child);
      closeOutput();
      await ended;
      await reading.catch(() => undefined);
    },
  };
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
