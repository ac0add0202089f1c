import type { Command } from 'commander';
import type { LocalBuild, LocalBuildEnd } from '../builds/local-build.ts';
import { ConfigurationError } from '../config/setting.ts';
import { type BuildFlags, cageNames, readBuild, readMinutes } from './build-options.ts';
import { collect } from './options.ts';
import { type CommandContext, type Terminal, untilStopped } from './terminal.ts';

/** The exit code of a build that failed. */
const failedBuild = 4;

/** Adds `millrace build`; its short options are those of CodeBuild's local agent. */
export function addBuild(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('build')
    .description('Run a buildspec on this machine, without a server; see docs/build.md')
    .argument('[buildspec]', 'File below the source; default: buildspec.yml')
    .option('-s, --source <folder>', 'Source; further ones as NAME:FOLDER (default: .)', collect)
    .option('-a, --artifacts <folder>', 'Folder that gets the artifacts as archives')
    .option('-b, --buildspec <file>', 'The same as the argument')
    .option('--batch', 'Run the batch that the buildspec defines, one build after the other')
    .option('-e, --environment <file>', 'File with variables, as NAME=VALUE lines')
    .option('-c, --config', 'Give the build the credentials and settings of AWS clients on this machine')
    .option('-i, --image <image>', 'Run in a container of this image')
    .option('-m, --in-place', 'Work in the source itself, and not in a copy')
    .option(
      '--cage <cage>',
      `Where commands run: ${cageNames.join(', ')} (default: process, or a container with --image)`,
    )
    .option('--cache <folder>', 'Folder that keeps the cache paths of the buildspec from build to build')
    .option('--no-network', 'Give the build no network')
    .option('--resources <file>', 'YAML file with the parameters and secrets that the buildspec names')
    .option('--region <region>', 'Value of AWS_REGION', 'us-east-1')
    .option('--timeout <minutes>', 'Minutes until the build is ended', readMinutes, 60)
    .option('--keep', 'Leave the folders of the build, and say where they are')
    .action(async (argument: string | undefined, flags: BuildFlags) => {
      const { runLocalBuild } = await import('../builds/local-build.ts');
      const stop = new AbortController();
      void untilStopped(terminal).then(() => stop.abort());
      const build = await readBuild({ argument, flags }, terminal, stop.signal);
      if (flags.batch) return finish((await runBatch(build, terminal)) ? 0 : failedBuild);
      const end = await runLocalBuild(build);
      report(end, terminal);
      finish(end.status === 'SUCCEEDED' ? 0 : failedBuild);
    });
}

/** Runs a batch and says how each of its builds ended; true if none failed. */
async function runBatch(build: LocalBuild, terminal: Terminal): Promise<boolean> {
  const { runLocalBatch } = await import('../builds/local-batch.ts');
  const ended = await runLocalBatch(build, (identifier, end) => {
    terminal.complain(`${identifier}:`);
    report(end, terminal);
  }).catch((error: unknown) => {
    throw new ConfigurationError([`--batch: ${error instanceof Error ? error.message : String(error)}`]);
  });
  for (const { identifier, status } of ended) terminal.complain(`${status.padEnd(9)} ${identifier}`);
  return ended.every(({ status }) => status === 'SUCCEEDED');
}

/** Says how the build ended, on standard error beside its log. */
function report({ status, phases, artifacts, keptFolder }: LocalBuildEnd, { complain }: Terminal): void {
  const first = phases[0]?.startedAt ?? 0;
  const seconds = ((phases.at(-1)?.endedAt ?? first) - first) / 1000;
  const failed = phases.find((phase) => phase.failure);
  const reason = failed?.failure ? `: ${failed.phase}: ${failed.failure.message}` : '';
  complain(`Build ${status} after ${seconds.toFixed(1)} s${reason}`);
  for (const file of artifacts) complain(`Artifact: ${file}`);
  if (keptFolder !== undefined) complain(`Folders of the build: ${keptFolder}`);
}
