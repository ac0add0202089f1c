import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Artifact, type Buildspec, BuildspecError } from '../buildspec/buildspec.ts';
import { readBuildspec } from '../buildspec/read-buildspec.ts';
import type { Cage } from '../cages/cage.ts';
import { createSecretMask } from '../masking/secret-mask.ts';
import { restoreCache, saveCache } from './build-cache.ts';
import { type BuildLog, createBuildLog } from './build-log.ts';
import type { BuildRequest } from './build-request.ts';
import { BuildFailure, type BuildResult, type BuildStatus } from './build-result.ts';
import { type BuildShell, startBuildShell } from './build-shell.ts';
import { codeBuildVariables, resolveVariables, shellName } from './build-variables.ts';
import { collectArtifact } from './collect-artifact.ts';
import { runCommandPhases } from './command-phases.ts';
import { writeFirstState, writeScript } from './command-script.ts';
import { readExports } from './exported-variables.ts';
import { createPhaseRunner, type PhaseRunner, timedOut } from './phase-runner.ts';
import { type BuiltReport, collectReports } from './reports/collect-reports.ts';
import { checkRuntimes } from './runtime-versions.ts';

/** Time between SIGTERM and SIGKILL for what a stopped build runs. */
const stopGraceMs = 10_000;

/** What a build has once its source is there. */
interface Prepared {
  buildspec: Buildspec;
  cage: Cage;
  shell: BuildShell;
}

/**
 * Runs a build from its source to its artifacts. The source is in its folder already. Never rejects for what the build
 * does; rejects if this machine can't run it.
 */
export async function runBuild(request: BuildRequest): Promise<BuildResult> {
  const { now, timeoutMs, write } = request;
  const timer = new AbortController();
  let timeout: NodeJS.Timeout | undefined;
  const signal = AbortSignal.any([request.signal, timer.signal]);
  const log = createBuildLog(write, now);
  const runner = createPhaseRunner({ log, now, signal });
  let prepared: Prepared | undefined;
  let exportedVariables: Record<string, string> = {};
  let reports: BuiltReport[] = [];
  const endShell = () => void end(prepared, stopGraceMs);
  signal.addEventListener('abort', endShell);
  try {
    const isReady = await runner.run('DOWNLOAD_SOURCE', async () => {
      prepared = await prepare(request, log);
    });
    // Getting an image is no time of the build.
    timeout = setTimeout(() => timer.abort(timedOut), timeoutMs);
    if (isReady && prepared) {
      const { buildspec } = prepared;
      const runCommand = commandRunner(request, prepared);
      const { hasBuilt } = await runCommandPhases(buildspec, { runner, runCommand, log });
      if (!signal.aborted) exportedVariables = await exportsOf(request, prepared);
      if (hasBuilt && !signal.aborted) reports = await collectReports(request.folders.source, buildspec.reports, log);
      if (hasBuilt && buildspec.artifacts) {
        await runner.run('UPLOAD_ARTIFACTS', () => storeArtifacts(request, buildspec, log));
      }
      if (runner.isSucceeding() && !signal.aborted) await keepCache(request, prepared, log);
    }
    await runner.run('FINALIZING', async () => undefined);
    return { status: statusOf(runner, signal), phases: [...runner.phases], exportedVariables, reports };
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', endShell);
    await end(prepared, signal.aborted ? stopGraceMs : 0);
  }
}

function statusOf({ phases }: PhaseRunner, signal: AbortSignal): BuildStatus {
  if (signal.aborted) return signal.reason === timedOut ? 'TIMED_OUT' : 'STOPPED';
  return phases.find(({ status }) => status !== 'SUCCEEDED')?.status ?? 'SUCCEEDED';
}

async function end(prepared: Prepared | undefined, graceMs: number): Promise<void> {
  if (!prepared) return;
  prepared.shell.close();
  await prepared.cage.end(graceMs);
  await prepared.shell.end();
}

/** Reads the buildspec, opens the cage and starts its shell. Throws BuildFailure. */
async function prepare(request: BuildRequest, log: BuildLog): Promise<Prepared> {
  const {
    cacheFolder,
    cage: kind,
    facts,
    folders,
    hasNetwork,
    image,
    now,
    secrets,
    values,
    variables: given,
  } = request;
  const cage = await kind.open({
    buildId: facts.id,
    folders,
    hasNetwork,
    ...(image !== undefined && { image }),
  });
  await log.note('Phase is DOWNLOAD_SOURCE');
  await log.note(`CODEBUILD_SRC_DIR=${cage.folders.source}`);
  const buildspec = await findBuildspec(request, log);
  for (const { line, message } of buildspec.warnings)
    await log.note(`Warning: line ${line} of the buildspec: ${message}`);
  if (cacheFolder !== undefined) await restoreCache(cacheFolder, folders, log);
  await log.note('Processing environment variables');
  const resolved = await resolveVariables(buildspec.environment, given, values);
  const variables = {
    ...cage.environment,
    ...codeBuildVariables(facts, cage.folders, now()),
    ...(await withShellNames(resolved.variables, log)),
  };
  const temporary = { outside: folders.temporary, inside: cage.folders.temporary };
  await writeFirstState(temporary, { folder: cage.folders.source, variables });
  await log.note(`Moving to directory ${cage.folders.source}`);
  const defined = Object.entries(buildspec.phases);
  await log.note(`Phases found in YAML: ${defined.length}`);
  for (const [name, { commands }] of defined) await log.note(` ${name.toUpperCase()}: ${commands.length} commands`);
  const mask = createSecretMask([...secrets, ...resolved.secrets]);
  const shell = await startBuildShell(cage.launch, { mask, onLines: log.output });
  return { buildspec, cage, shell };
}

async function keepCache({ cacheFolder, folders }: BuildRequest, { buildspec, cage }: Prepared, log: BuildLog) {
  const { cachePaths } = buildspec;
  if (cacheFolder === undefined || cachePaths.length === 0) return;
  await saveCache(cacheFolder, cachePaths, { outside: folders, inside: cage.folders }, log);
}

/** Leaves out variables whose names no shell takes: every command would fail by them. */
async function withShellNames(variables: Record<string, string>, log: BuildLog): Promise<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (shellName.test(name)) kept[name] = value;
    else await log.note(`Skipping the variable '${name}': a shell takes letters, digits and underscores`);
  }
  return kept;
}

async function findBuildspec({ buildspec, folders }: BuildRequest, log: BuildLog): Promise<Buildspec> {
  const text = buildspec && 'text' in buildspec ? buildspec.text : await readText(folders.source, buildspec?.path, log);
  try {
    const read = readBuildspec(text);
    checkRuntimes(read.runtimeVersions);
    return read;
  } catch (error) {
    if (error instanceof BuildspecError) throw new BuildFailure('YAML_FILE_ERROR', error.message);
    throw error;
  }
}

async function readText(source: string, path: string | undefined, log: BuildLog): Promise<string> {
  const name = path ?? 'buildspec.yml';
  await log.note(`YAML location is ${join(source, name)}`);
  try {
    return await readFile(join(source, name), 'utf8');
  } catch {
    if (path !== undefined) throw new BuildFailure('YAML_FILE_ERROR', `stat ${path}: no such file or directory`);
    const isOther = await stat(join(source, 'buildspec.yaml')).catch(() => undefined);
    const hint = isOther
      ? "\nThere is a buildspec.yaml: name it as the project's buildspec, or call it buildspec.yml."
      : '';
    throw new BuildFailure('YAML_FILE_ERROR', `YAML file does not exist${hint}`);
  }
}

/** Returns how to run a command of the buildspec. */
function commandRunner({ folders }: BuildRequest, { buildspec, cage, shell }: Prepared) {
  const temporary = { outside: folders.temporary, inside: cage.folders.temporary };
  return async (command: string, { runAs, isSucceeding }: { runAs?: string; isSucceeding: boolean }) => {
    if (runAs !== undefined && runAs !== 'root' && !cage.hasUsers) {
      throw new BuildFailure(
        'CLIENT_ERROR',
        `run-as: ${runAs} needs a container: the cage of this build has one user only`,
      );
    }
    const script = await writeScript(temporary, command, { isSucceeding, isAlone: buildspec.version === '0.1' });
    const program = buildspec.environment.shell ?? 'sh';
    return shell.run({ shell: program, script, ...(runAs !== undefined && cage.hasUsers && { user: runAs }) });
  };
}

async function exportsOf(request: BuildRequest, { buildspec, cage, shell }: Prepared) {
  const names = buildspec.environment.exportedVariables;
  if (names.length === 0) return {};
  const temporary = { outside: request.folders.temporary, inside: cage.folders.temporary };
  return readExports(temporary, names, (script) => shell.run({ shell: buildspec.environment.shell ?? 'sh', script }));
}

/** Stores the primary artifact and the secondary ones that are wanted. Throws BuildFailure. */
async function storeArtifacts(
  { folders, store, wantedArtifacts: { hasPrimary, secondary } }: BuildRequest,
  { artifacts, secondaryArtifacts }: Buildspec,
  log: BuildLog,
): Promise<void> {
  const storeOne = async (artifact: Artifact, identifier?: string) => {
    const entries = await collectArtifact(folders.source, artifact, log);
    const { name } = artifact;
    await store({ entries, ...(identifier !== undefined && { identifier }), ...(name !== undefined && { name }) });
  };
  if (hasPrimary && artifacts) {
    if (artifacts.files.length === 0) {
      throw new BuildFailure('CLIENT_ERROR', 'no definition for primary artifacts in buildspec');
    }
    await storeOne(artifacts);
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
