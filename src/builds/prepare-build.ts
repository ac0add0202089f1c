import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Buildspec, BuildspecError } from '../buildspec/buildspec.ts';
import { readBuildspec } from '../buildspec/read-buildspec.ts';
import type { Cage } from '../cages/cage.ts';
import { restoreCache } from './build-cache.ts';
import type { BuildLog } from './build-log.ts';
import type { BuildRequest } from './build-request.ts';
import { BuildFailure } from './build-result.ts';
import { type BuildShell, startBuildShell } from './build-shell.ts';
import { codeBuildVariables, resolveVariables, shellName } from './build-variables.ts';
import { type CommandScripts, createCommandScripts } from './command-script.ts';
import { checkRuntimes } from './runtime-versions.ts';
import { readFromSource } from './untrusted-files.ts';

/** A larger file is no buildspec. */
const maxBuildspecBytes = 1024 * 1024;

/** What a build has once its source is there. */
export interface PreparedBuild {
  buildspec: Buildspec;
  cage: Cage;
  scripts: CommandScripts;
  shell: BuildShell;
  /** Ends everything that the build runs: SIGTERM, and SIGKILL for what is left after `graceMs`. Later calls wait only. */
  end(graceMs: number): Promise<void>;
}

/** Opens the cage, reads the buildspec and starts the shell. Throws BuildFailure, and leaves nothing behind then. */
export async function prepareBuild(request: BuildRequest, log: BuildLog): Promise<PreparedBuild> {
  const { cage: kind, facts, folders, hasNetwork, image, isPrivileged, limits, mark, signal } = request;
  const fetched = await request.fetchSources?.(log);
  const cage = await kind.open({
    mark: mark ?? facts.id,
    folders,
    hasNetwork,
    signal,
    ...(limits && { limits }),
    ...(isPrivileged !== undefined && { isPrivileged }),
    ...(image !== undefined && { image }),
  });
  try {
    return await prepareIn(cage, fetched ? { ...request, buildspec: fetched } : request, log);
  } catch (error) {
    await cage.end(0);
    throw error;
  }
}

async function prepareIn(cage: Cage, request: BuildRequest, log: BuildLog): Promise<PreparedBuild> {
  const { cacheFolder, facts, folders, hasNetwork, mask, now, serviceVariables, values, variables: given } = request;
  await log.note('Phase is DOWNLOAD_SOURCE');
  await log.note(`CODEBUILD_SRC_DIR=${cage.folders.source}`);
  const buildspec = await findBuildspec(request, log);
  for (const { line, message } of buildspec.warnings)
    await log.note(`Warning: line ${line} of the buildspec: ${message}`);
  if (buildspec.environment.usesGitCredentialHelper)
    await log.note('Warning: git-credential-helper has no effect: give commands that clone a token, as a secret');
  if (cacheFolder !== undefined) await restoreCache(cacheFolder, folders, log);
  await log.note('Processing environment variables');
  const resolved = await resolveVariables(buildspec.environment, given, values);
  mask.add(resolved.secrets);
  const variables = {
    ...cage.environment,
    // Without a network they lead nowhere.
    ...(hasNetwork && serviceVariables),
    ...codeBuildVariables(facts, cage.folders, now()),
    ...(await withShellNames(resolved.variables, log)),
  };
  const temporary = { outside: folders.temporary, inside: cage.folders.temporary };
  const scripts = await createCommandScripts(temporary, { folder: cage.folders.source, variables });
  await log.note(`Moving to directory ${cage.folders.source}`);
  const defined = Object.entries(buildspec.phases);
  await log.note(`Phases found in YAML: ${defined.length}`);
  for (const [name, { commands }] of defined) await log.note(` ${name.toUpperCase()}: ${commands.length} commands`);
  const shell = await startBuildShell(cage.launch, { mask: mask.mask, onLines: log.output });
  return { buildspec, cage, scripts, shell, end: endOnce(cage, shell) };
}

function endOnce(cage: Cage, shell: BuildShell): PreparedBuild['end'] {
  let ending: Promise<void> | undefined;
  const end = async (graceMs: number): Promise<void> => {
    shell.close();
    await cage.end(graceMs);
    await shell.end();
  };
  return (graceMs) => {
    ending ??= end(graceMs);
    return ending;
  };
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
  const text = await readFromSource(source, name, maxBuildspecBytes);
  if (text !== undefined) return text;
  if (path !== undefined) throw new BuildFailure('YAML_FILE_ERROR', `stat ${path}: no such file or directory`);
  const isOther = await stat(join(source, 'buildspec.yaml')).catch(() => undefined);
  const hint = isOther
    ? "\nThere is a buildspec.yaml: name it as the project's buildspec, or call it buildspec.yml."
    : '';
  throw new BuildFailure('YAML_FILE_ERROR', `YAML file does not exist${hint}`);
}
