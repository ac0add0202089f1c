import { type Command, Option } from 'commander';
import { describeEnd } from '../local-runs/describe-run.ts';
import type { RunProgress } from '../local-runs/execution-progress.ts';
import { neededBuckets } from '../local-runs/fit-declaration.ts';
import type { SourceFolder } from '../local-runs/source-folder.ts';
import { summarizeRun } from '../local-runs/summarize-run.ts';
import { cageNames } from '../projects/project.ts';
import { collect } from './options.ts';
import { formatFailingLog, readFailingLogs } from './run/failing-log.ts';
import { createLogTails } from './run/log-tails.ts';
import { type PreparedRun, prepareRun, templateAccount } from './run/prepare-run.ts';
import type { RunFlags } from './run/run-flags.ts';
import { createRunView } from './run/run-view.ts';
import { startThrowAwayServer } from './run/throw-away-server.ts';
import { watchRun } from './run/watch-run.ts';
import { type CommandContext, exitCodeBySignal, type Terminal, untilStopped } from './terminal.ts';

/** The exit code of a pipeline that did not succeed. */
const failedRun = 4;

/** Adds `millrace run`. */
export function addRun(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('run')
    .description('Run a pipeline of a file on a throw-away server, with this folder as its source; see docs/run.md')
    .argument('<file>', 'JSON or YAML of a pipeline, or a CloudFormation template')
    .option('-s, --source <NAME=PATH>', 'Folder of a source action; default: the current one; repeatable', collect)
    .option('-v, --variable <NAME=VALUE>', 'Value of a variable of the pipeline; repeatable', collect)
    .addOption(new Option('--approve <how>', 'What happens to manual approvals').choices(['ask', 'all']).default('ask'))
    .option('--only <stage>', 'Run this stage and the sources alone; repeatable', collect)
    .option('--skip <name>', 'Leave out a stage or an action, as NAME or STAGE/NAME; repeatable', collect)
    .option('--pipeline <name>', 'Which pipeline of a file that has several')
    .option('--parameter <NAME=VALUE>', 'Value of a parameter of a template; repeatable', collect)
    .option('--resources <file>', 'YAML file of resources, such as parameters and secrets')
    .addOption(
      new Option('--cage <cage>', 'Where builds run (default: process, or a container with --image)').choices(
        cageNames,
      ),
    )
    .option('-i, --image <image>', 'Image of the containers of builds, in place of those of the projects')
    .option('--region <region>', 'Region of the pipeline', 'us-east-1')
    .option('--json', 'Print the result as JSON, and the progress on standard error')
    .option('--keep', 'Leave the folder of the server, and say where it is')
    .action(async (file: string, flags: RunFlags) => {
      const stop = new AbortController();
      const stopped = untilStopped(terminal).then((signal) => {
        stop.abort();
        return exitCodeBySignal[signal];
      });
      const circumstances = { canAsk: terminal.ask !== undefined, env: terminal.env };
      const prepared = await prepareRun(file, flags, circumstances);
      const progress = await runPrepared(prepared, { flags, terminal, signal: stop.signal });
      if (progress === undefined) return finish(await stopped);
      finish(progress.status === 'Succeeded' ? 0 : failedRun);
    });
}

interface RunContext {
  flags: RunFlags;
  terminal: Terminal;
  signal: AbortSignal;
}

/** Runs a pipeline to its end; undefined if it was interrupted. */
async function runPrepared(
  { assumedProjects, declaration, hasBuilds, projects, sourceFolders }: PreparedRun,
  { flags, terminal, signal }: RunContext,
): Promise<RunProgress | undefined> {
  const say = flags.json ? terminal.complain : terminal.print;
  const { image, region, resources } = flags;
  const cage = flags.cage ?? (image === undefined ? 'process' : 'container');
  if (hasBuilds && cage === 'process') say('Builds run as processes of your user; --cage bubblewrap confines them.');
  const isKept = flags.keep ?? false;
  for (const [name, folder] of sourceFolders) say(describeSource(name, folder));
  for (const name of assumedProjects)
    say(`Project ${name}: declared nowhere, so it runs the buildspec.yml of its source`);
  const server = await startThrowAwayServer({
    sourceFolders,
    region,
    account: templateAccount,
    isKept,
    hasBuilds,
    cage,
    ...(image && { image }),
    ...(resources && { resources }),
  });
  try {
    const startedAt = Date.now();
    for (const bucket of neededBuckets(declaration)) await server.createBucket(bucket);
    for (const project of projects) await server.createProject(project);
    await server.callPipelines('CreatePipeline', { pipeline: declaration });
    const view = createRunView(terminal, { isQuiet: flags.json ?? false });
    const progress = await watchRun(
      server,
      declaration.name,
      {
        show: view.show,
        ...(view.isLive && { complete: createLogTails(server) }),
        async answer(action) {
          const isApproved = flags.approve === 'all' || (await view.ask(action, signal));
          return isApproved ? 'Approved' : 'Rejected';
        },
      },
      signal,
    );
    const tookMs = Date.now() - startedAt;
    const failingLogs = await readFailingLogs(server, progress);
    for (const log of failingLogs) for (const line of formatFailingLog(log)) say(line);
    if (flags.json)
      terminal.print(
        JSON.stringify(summarizeRun(declaration.name, progress, { tookMs, sourceFolders, failingLogs }), null, 2),
      );
    for (const line of describeEnd(declaration.name, progress, tookMs)) say(line);
    return progress;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    await server.close();
    if (isKept)
      terminal.complain(`The server's folder is ${server.folder}; millrace start --data ${server.data} opens it.`);
  }
}

function describeSource(name: string, { git, path }: SourceFolder): string {
  if (!git) return `Source ${name}: ${path}, which is not in a Git repository`;
  const { branch, commit, isDirty } = git;
  const at = `${commit.id.slice(0, 8)}${branch === undefined ? '' : ` of ${branch}`}`;
  return `Source ${name}: ${path} at ${at}${isDirty ? ', with changes that are not committed' : ''}`;
}
