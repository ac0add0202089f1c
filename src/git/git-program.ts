import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { signalGroup } from '../worker/command/process-groups.ts';
import { explainGit, GitError } from './git-error.ts';

/** How one call of `git` runs. */
export interface GitCall {
  /** What the call does, as in "Cannot <what>: …". */
  what: string;
  args: string[];
  /** The repository; without one the call needs none. */
  repository?: string;
  environment?: Record<string, string>;
  /** Written to standard input. */
  input?: string;
  timeoutMs: number;
  /** The most memory of each of its processes, `maxMemoryMib` unless set. */
  memoryMib?: number;
  signal: AbortSignal;
}

/** Runs `git` without anything of the machine's configuration. */
export interface GitProgram {
  /** Returns what the call prints, at most `maxOutputBytes`. Rejects with `GitError`. */
  run(call: GitCall): Promise<Buffer>;
  /** Starts a call whose output is read as a stream; it fails with `GitError` and ends when the stream is destroyed. */
  stream(call: GitCall): { output: Readable; input: NodeJS.WritableStream; ended: Promise<void> };
}

/** More than the list of a repository with 100,000 branches and tags has. */
const maxOutputBytes = 64 * 1024 * 1024;

/** Git keeps what a server says in memory, such as a list of branches without an end. */
const maxMemoryMib = 2048;

/** What is kept of the errors that `git` prints. */
const maxErrorBytes = 64 * 1024;

/**
 * Applies to every call. It is a file, since options of the command line don't reach the `git` that serves a local path.
 * Redirects are refused: another host would be asked with this one's credentials.
 */
const configuration = `[safe]
	directory = *
[protocol]
	allow = never
[protocol "http"]
	allow = always
[protocol "https"]
	allow = always
[protocol "ssh"]
	allow = always
[core]
	hooksPath = /dev/null
	fsmonitor = false
	askPass =
[credential]
	helper =
[fetch]
	fsckObjects = true
[transfer]
	fsckObjects = true
[http]
	followRedirects = false
	lowSpeedLimit = 1000
	lowSpeedTime = 30
[gc]
	auto = 0
[maintenance]
	auto = false
[submodule]
	recurse = false
`;

/** Sets the limits of memory (KiB) and of each file (blocks of 512 bytes), as far as the system has them, and becomes `git`. */
const limited = 'ulimit -d "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; shift 2; exec git "$@"';

/**
 * Creates the program with a private home in `path`. Files that it writes are at most `maxFileBytes` large, however much a
 * server sends.
 */
export async function createGitProgram(path: string, { maxFileBytes }: { maxFileBytes: number }): Promise<GitProgram> {
  // Calls run in other folders.
  const folder = resolve(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // It may be there already, open to others.
  await chmod(folder, 0o700);
  const configurationFile = join(folder, 'gitconfig');
  await writeFile(configurationFile, configuration, { mode: 0o600 });
  const blocks = `${Math.ceil(maxFileBytes / 512)}`;
  const start = (call: GitCall): ChildProcess =>
    spawn('sh', ['-c', limited, 'sh', `${(call.memoryMib ?? maxMemoryMib) * 1024}`, blocks, ...call.args], {
      cwd: call.repository ?? folder,
      // A process group of its own, so that helpers such as ssh end with it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: configurationFile,
        GIT_TERMINAL_PROMPT: '0',
        ...(call.repository !== undefined && { GIT_DIR: call.repository }),
        ...call.environment,
      },
    });
  return {
    async run(call) {
      const { output, input, ended } = watch(start(call), call);
      input.end(call.input ?? '');
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of output as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxOutputBytes) {
          // Leaving the loop destroys the stream, which ends the program.
          ended.catch(() => undefined);
          throw new GitError('too large', `Cannot ${call.what}: git prints more than 64 MiB.`);
        }
        chunks.push(chunk);
      }
      await ended;
      return Buffer.concat(chunks);
    },
    stream: (call) => watch(start(call), call),
  };
}

/** How a shell says that there is no such program. */
const commandNotFound = 127;

/** Ends a call when its time is over, its signal aborts or its output is not read any more, and says why it failed. */
function watch(child: ChildProcess, { what, timeoutMs, signal }: GitCall) {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('git was started without pipes');
  let failure: unknown;
  const end = (error: unknown) => {
    failure ??= error;
    signalGroup(child, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    end(new GitError('too slow', `Cannot ${what}: git took longer than ${Math.round(timeoutMs / 1000)} s.`));
  }, timeoutMs);
  const abort = () => end(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const printed: Buffer[] = [];
  let printedBytes = 0;
  stderr.on('data', (chunk: Buffer) => {
    printedBytes += chunk.length;
    if (printedBytes <= maxErrorBytes) printed.push(chunk);
  });
  // The program may end before it has read its input.
  stdin.on('error', () => undefined);
  stdout.on('close', () => {
    if (child.exitCode === null && child.signalCode === null && !stdout.readableEnded) {
      end(new GitError('refused', `Cannot ${what}: the output was not read to its end.`));
    }
  });
  const ended = new Promise<void>((resolve, reject) => {
    const settle = (error: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.on('error', settle);
    child.on('close', (code) => {
      // Nothing of the group may outlive the call.
      signalGroup(child, 'SIGKILL');
      if (failure === undefined && code === 0) settle(undefined);
      else if (failure === undefined && code === commandNotFound)
        settle(new GitError('not installed', `Cannot ${what}: the program 'git' is not installed on this server.`));
      else settle(failure ?? explainGit(what, Buffer.concat(printed).toString('utf8')));
    });
  });
  ended.catch((error: unknown) => stdout.destroy(error instanceof Error ? error : undefined));
  return { output: stdout as Readable, input: stdin, ended };
}
