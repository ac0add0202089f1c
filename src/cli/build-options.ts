import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type DeclaredValue, declaredValues } from '../builds/declared-values.ts';
import type { LocalBuild } from '../builds/local-build.ts';
import { bubblewrap } from '../cages/bubblewrap.ts';
import type { CageKind } from '../cages/cage.ts';
import { containers } from '../cages/container.ts';
import { namespaces } from '../cages/namespaces.ts';
import { plainProcess } from '../cages/plain-process.ts';
import { ConfigurationError } from '../config/setting.ts';
import { loadResourceFile } from '../resources/load-resource-file.ts';
import type { Terminal } from './terminal.ts';

/** The options of `millrace build` as commander has them. */
export interface BuildFlags {
  artifacts?: string;
  batch?: boolean;
  buildspec?: string;
  cache?: string;
  cage?: string;
  config?: boolean;
  environment?: string;
  image?: string;
  inPlace?: boolean;
  keep?: boolean;
  network: boolean;
  region: string;
  resources?: string;
  source?: string[];
  timeout: number;
}

/** The names of cages that `--cage` takes. */
export const cageNames = ['process', 'bubblewrap', 'namespaces', 'docker', 'podman'];

/** Reads the options of a build; throws ConfigurationError. */
export async function readBuild(
  { argument, flags }: { argument: string | undefined; flags: BuildFlags },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<LocalBuild> {
  const buildspec = argument ?? flags.buildspec;
  const { sources, secondarySources } = readSources(flags.source ?? []);
  const cage = await findCage(flags, terminal);
  const awsFolder = join(homedir(), '.aws');
  return {
    source: sources,
    secondarySources,
    ...(buildspec !== undefined && { buildspec }),
    ...(flags.artifacts !== undefined && { artifactFolder: flags.artifacts }),
    variables: {
      ...(flags.config ? awsVariables(terminal.env) : {}),
      ...(flags.environment === undefined ? {} : readVariables(flags.environment)),
    },
    ...(flags.config && isFolder(awsFolder) && { awsFolder }),
    region: flags.region,
    values: declaredValues(resourcesOf(flags, terminal)),
    cage,
    ...(flags.image !== undefined && { image: flags.image }),
    hasNetwork: flags.network,
    timeoutMs: flags.timeout * 60_000,
    ...(flags.cache !== undefined && { cacheFolder: flags.cache }),
    isInPlace: flags.inPlace ?? false,
    isKept: flags.keep ?? false,
    write: async (lines) => {
      for (const line of lines) terminal.print(line);
    },
    signal,
  };
}

/** Parameters and secrets come from a file of resources, and nowhere else. */
function resourcesOf({ resources }: BuildFlags, terminal: Terminal): DeclaredValue[] {
  return resources === undefined ? [] : loadResourceFile(resources, terminal.env);
}

function readSources(given: string[]): { sources: string; secondarySources: Record<string, string> } {
  const secondarySources: Record<string, string> = {};
  let sources: string | undefined;
  for (const text of given) {
    const [, name, folder] = /^([A-Za-z0-9_-]+):(.+)$/.exec(text) ?? [];
    if (name !== undefined && folder !== undefined) secondarySources[name] = folder;
    else if (sources === undefined) sources = text;
    else
      throw new ConfigurationError([`--source ${text}: there is a source already; name this one, as in NAME:${text}.`]);
  }
  for (const folder of [sources ?? '.', ...Object.values(secondarySources)]) {
    if (!isFolder(folder)) throw new ConfigurationError([`--source ${folder}: there is no such folder.`]);
  }
  return { sources: sources ?? '.', secondarySources };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function findCage({ cage, image }: BuildFlags, terminal: Terminal): Promise<CageKind> {
  const path = terminal.env.PATH;
  const kinds: Record<string, CageKind> = {
    process: plainProcess(terminal.env),
    bubblewrap: bubblewrap({ path, readable: [] }),
    namespaces: namespaces({ path, readable: [] }),
    docker: containers({ engine: 'docker', path, engineOptions: [], runOptions: [] }),
    podman: containers({ engine: 'podman', path, engineOptions: [], runOptions: [] }),
  };
  if (cage === undefined && image !== undefined) return findEngine([kinds.docker, kinds.podman] as CageKind[]);
  const name = cage ?? 'process';
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) throw new ConfigurationError([`--cage ${name}: expected ${cageNames.join(', ')}.`]);
  const isContainer = name === 'docker' || name === 'podman';
  if (isContainer !== (image !== undefined)) {
    throw new ConfigurationError([
      isContainer ? `--cage ${name} needs --image.` : `--image needs a container, and not --cage ${name}.`,
    ]);
  }
  const problem = await kind.findProblem();
  if (problem !== undefined) throw new ConfigurationError([`--cage ${name}: ${problem}`]);
  if (name === 'process') terminal.complain('The build runs as processes of your user; --cage bubblewrap confines it.');
  return kind;
}

async function findEngine(kinds: CageKind[]): Promise<CageKind> {
  const problems: string[] = [];
  for (const kind of kinds) {
    const problem = await kind.findProblem();
    if (problem === undefined) return kind;
    problems.push(problem);
  }
  throw new ConfigurationError([`--image needs Docker or Podman: ${problems.join(' ')}`]);
}

/** Reads a number of minutes. */
export function readMinutes(text: string): number {
  const minutes = Number(text);
  if (text.trim() !== '' && minutes > 0 && minutes <= 2160) return minutes;
  throw new InvalidArgumentError('expected minutes, more than 0 and at most 2160.');
}

function awsVariables(environment: Record<string, string | undefined>): Record<string, string> {
  const found = Object.entries(environment).filter(([name]) => name.startsWith('AWS_'));
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']));
}

function readVariables(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`--environment ${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const variables: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value = ''] = /^(?:export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new ConfigurationError([`--environment ${file}:${index + 1}: expected NAME=VALUE.`]);
    variables[name] = value;
  }
  return variables;
}
