import type { Artifact, Buildspec } from '../buildspec/buildspec.ts';
import { saveCache } from './build-cache.ts';
import { type BuildLog, createBuildLog } from './build-log.ts';
import type { BuildRequest } from './build-request.ts';
import { BuildFailure, type BuildResult, type BuildStatus } from './build-result.ts';
import { collectArtifact } from './collect-artifact.ts';
import { runCommandPhases } from './command-phases.ts';
import { explainFailures } from './explain-failure.ts';
import { readExports } from './exported-variables.ts';
import { limitOutput } from './limited-output.ts';
import { createPhaseRunner, type PhaseRunner, timedOut } from './phase-runner.ts';
import { type PreparedBuild, prepareBuild } from './prepare-build.ts';
import { type BuiltReport, collectReports } from './reports/collect-reports.ts';

/** Time between SIGTERM and SIGKILL for what a stopped build runs. */
const stopGraceMs = 10_000;

/**
 * Runs a build from its source to its artifacts. Never rejects for what the build
 * does; rejects if this machine can't run it.
 */
export async function runBuild(request: BuildRequest): Promise<BuildResult> {
  const { now, onPhase, timeoutMs, write } = request;
  const timer = new AbortController();
  let timeout: NodeJS.Timeout | undefined;
  const signal = AbortSignal.any([request.signal, timer.signal]);
  const log = limitOutput(createBuildLog(write, now), request.limits?.outputBytes ?? Number.POSITIVE_INFINITY);
  const runner = createPhaseRunner({ log, now, signal, ...(onPhase && { onPhase }) });
  let prepared: PreparedBuild | undefined;
  let exportedVariables: Record<string, string> = {};
  let reports: BuiltReport[] = [];
  const watching = new AbortController();
  const stop = () => void prepared?.end(stopGraceMs);
  signal.addEventListener('abort', stop);
  try {
    const isReady = await runner.run('DOWNLOAD_SOURCE', async () => {
      prepared = await prepareBuild(request, log);
    });
    // Getting an image is no time of the build.
    timeout = setTimeout(() => timer.abort(timedOut), timeoutMs);
    if (isReady && prepared) {
      const { buildspec } = prepared;
      const runCommand = commandRunner(prepared);
      const explain = explainFailures(request, prepared, { log, signal: watching.signal });
      const { hasBuilt } = await runCommandPhases(buildspec, { runner, runCommand, log, explain });
      watching.abort();
      if (!signal.aborted) exportedVariables = await exportsOf(request, prepared, log);
      // What still runs could put a link to any file of this machine where a file was just looked at.
      if (!signal.aborted) await prepared.end(0);
      if (hasBuilt && !signal.aborted) {
        const mask = request.mask.mask.mask;
        reports = await collectReports(request.folders.source, buildspec.reports, { log, mask });
      }
      if (hasBuilt && buildspec.artifacts) {
        await runner.run('UPLOAD_ARTIFACTS', () => storeArtifacts(request, buildspec, log));
      }
      if (runner.isSucceeding() && !signal.aborted) await keepCache(request, prepared, log);
    }
    await runner.run('FINALIZING', async () => undefined);
    return { status: statusOf(runner, signal), phases: [...runner.phases], exportedVariables, reports };
  } finally {
    clearTimeout(timeout);
    watching.abort();
    signal.removeEventListener('abort', stop);
    await prepared?.end(signal.aborted ? stopGraceMs : 0);
  }
}

function statusOf({ phases }: PhaseRunner, signal: AbortSignal): BuildStatus {
  if (signal.aborted) return signal.reason === timedOut ? 'TIMED_OUT' : 'STOPPED';
  return phases.find(({ status }) => status !== 'SUCCEEDED')?.status ?? 'SUCCEEDED';
}

async function keepCache({ cacheFolder, folders }: BuildRequest, { buildspec, cage }: PreparedBuild, log: BuildLog) {
  const { cachePaths } = buildspec;
  if (cacheFolder === undefined || cachePaths.length === 0) return;
  await saveCache(cacheFolder, cachePaths, { outside: folders, inside: cage.folders }, log);
}

/** Returns how to run a command of the buildspec. */
function commandRunner({ buildspec, cage, scripts, shell }: PreparedBuild) {
  return async (command: string, { runAs, isSucceeding }: { runAs?: string; isSucceeding: boolean }) => {
    if (runAs !== undefined && runAs !== 'root' && !cage.hasUsers) {
      throw new BuildFailure(
        'CLIENT_ERROR',
        `run-as: ${runAs} needs a container: the cage of this build has one user only`,
      );
    }
    const script = await scripts.write(command, { isSucceeding, isAlone: buildspec.version === '0.1' });
    const program = buildspec.environment.shell ?? 'sh';
    return shell.run({ shell: program, script, ...(runAs !== undefined && cage.hasUsers && { user: runAs }) });
  };
}

async function exportsOf(
  request: BuildRequest,
  { buildspec, cage, shell }: PreparedBuild,
  log: BuildLog,
): Promise<Record<string, string>> {
  const names = buildspec.environment.exportedVariables;
  if (names.length === 0) return {};
  const temporary = { outside: request.folders.temporary, inside: cage.folders.temporary };
  const run = (script: string) => shell.run({ shell: buildspec.environment.shell ?? 'sh', script });
  return readExports(temporary, names, run).catch(async (error: unknown) => {
    if (!(error instanceof BuildFailure)) throw error;
    await log.note(`Exported variables are lost: ${error.message}`);
    return {};
  });
}

/** Stores the primary artifact and the secondary ones that are wanted. Throws BuildFailure. */
async function storeArtifacts(
  { folders, store, wantedArtifacts: { hasPrimary, orSecondary = '', secondary } }: BuildRequest,
  { artifacts, secondaryArtifacts }: Buildspec,
  log: BuildLog,
): Promise<void> {
  const storeOne = async (artifact: Artifact, identifier?: string) => {
    const entries = await collectArtifact(folders.source, artifact, log);
    const { name } = artifact;
    await store({ entries, ...(identifier !== undefined && { identifier }), ...(name !== undefined && { name }) });
  };
  if (hasPrimary && artifacts) {
    const primary = artifacts.files.length > 0 ? artifacts : secondaryArtifacts[orSecondary];
    if (!primary) throw new BuildFailure('CLIENT_ERROR', 'no definition for primary artifacts in buildspec');
    await storeOne(primary);
  }
  const wanted = secondary === 'all' ? Object.keys(secondaryArtifacts) : secondary;
  for (const identifier of wanted) {
    const artifact = secondaryArtifacts[identifier];
    if (!artifact) {
      throw new BuildFailure('CLIENT_ERROR', `no definition for secondary artifact ${identifier} in buildspec`);
    }
    await storeOne(artifact, identifier);
  }
}
