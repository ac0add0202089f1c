import { RE2JS } from 're2js';
import { type Buildspec, type OnFailure, type Phase, phaseNames, type Text } from '../buildspec/buildspec.ts';
import type { BuildLog } from './build-log.ts';
import { BuildFailure, type BuildPhase } from './build-result.ts';
import type { PhaseRunner } from './phase-runner.ts';
import { selectRuntime } from './runtime-versions.ts';

/** Runs one command and returns its exit status; undefined if the build's shell was ended. */
type RunCommand = (command: string, options: { runAs?: string; isSucceeding: boolean }) => Promise<number | undefined>;

/** Says what would help after a command that failed; undefined if nothing is known. */
type Explain = (command: Text, status: number | undefined) => Promise<string | undefined>;

export interface CommandPhasesParts {
  explain: Explain;
  runner: PhaseRunner;
  runCommand: RunCommand;
  log: BuildLog;
}

/** What may follow the commands of a buildspec. */
export interface CommandPhasesEnd {
  /** Whether artifacts are uploaded. */
  hasBuilt: boolean;
}

/**
 * Runs the phases that a buildspec defines. A failed INSTALL or PRE_BUILD ends the build; after BUILD, failed or not,
 * POST_BUILD runs; `on-failure` says otherwise.
 */
export async function runCommandPhases(buildspec: Buildspec, parts: CommandPhasesParts): Promise<CommandPhasesEnd> {
  for (const name of phaseNames) {
    const declared = buildspec.phases[name];
    const phase: Phase = declared ?? { commands: [], finally: [] };
    const title = name.toUpperCase() as BuildPhase;
    const runAs = phase.runAs ?? buildspec.runAs;
    const isDone = await parts.runner.run(title, async () => {
      if (name === 'install') await chooseRuntimes(buildspec.runtimeVersions, parts);
      await runPhase({ ...phase, ...(runAs !== undefined && { runAs }) }, parts);
    });
    if (isDone) continue;
    const { action } = phase.onFailure ?? {};
    const goesOn = action === 'CONTINUE' || (action !== 'ABORT' && (name === 'build' || name === 'post_build'));
    if (!goesOn) return { hasBuilt: false };
  }
  return { hasBuilt: true };
}

async function chooseRuntimes(wanted: Record<string, string>, { runCommand, log }: CommandPhasesParts): Promise<void> {
  for (const [name, version] of Object.entries(wanted)) {
    await log.note(`Selecting the version ${version} of ${name}`);
    await runCommand(selectRuntime(name, version), { isSucceeding: true });
  }
}

async function runPhase(phase: Phase, parts: CommandPhasesParts): Promise<void> {
  const retry = phase.onFailure?.action === 'RETRY' ? phase.onFailure : undefined;
  for (let left = retry?.times ?? 0; ; left -= 1) {
    try {
      return await runOnce(phase, parts);
    } catch (error) {
      if (!(error instanceof BuildFailure) || !retry || left <= 0 || !isRetried(retry, error.message)) throw error;
      await parts.log.note(
        `${error.message}. Retrying the phase, ${left} more ${left === 1 ? 'time' : 'times'} at most`,
      );
    }
  }
}

function isRetried({ pattern }: Extract<OnFailure, { action: 'RETRY' }>, message: string): boolean {
  return pattern === undefined || RE2JS.compile(pattern).matcher(message).find();
}

async function runOnce({ commands, finally: last, runAs }: Phase, parts: CommandPhasesParts): Promise<void> {
  const options = { ...(runAs !== undefined && { runAs }) };
  let failure: unknown;
  try {
    await runCommands(commands, options, parts);
  } catch (error) {
    failure = error;
  }
  if (last.length > 0 && !(failure !== undefined && !(failure instanceof BuildFailure))) {
    await runCommands(last, { ...options, hasFailed: failure !== undefined }, parts);
  }
  if (failure !== undefined) throw failure;
}

async function runCommands(
  commands: Text[],
  { runAs, hasFailed = false }: { runAs?: string; hasFailed?: boolean },
  { explain, runner, runCommand, log }: CommandPhasesParts,
): Promise<void> {
  for (const declared of commands) {
    const command = declared.text.trim();
    // Only a comment.
    if (command === '') continue;
    await log.note(`Running command ${command}`);
    const isSucceeding = runner.isSucceeding() && !hasFailed;
    const status = await runCommand(command, { ...(runAs !== undefined && { runAs }), isSucceeding });
    if (status === 0) continue;
    const reason = status === undefined ? 'the shell of the build was ended' : `exit status ${status}`;
    const hint = await explain(declared, status);
    await log.note(`Command did not exit successfully ${command} ${reason}`);
    const message = `Error while executing command: ${command}. Reason: ${reason}`;
    throw new BuildFailure('COMMAND_EXECUTION_ERROR', hint === undefined ? message : `${message}\n${hint}`);
  }
}
