import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../config/setting.ts';
import type { PipelineDeclaration } from '../../contract/generated.ts';
import { DocumentError } from '../../declarations/located-value.ts';
import { type ReadDeclaration, type ReadFile, readDeclarations } from '../../declarations/read-declarations.ts';
import { isUnresolved } from '../../declarations/template-values.ts';
import { lintDeclaration } from '../../lint/lint-declaration.ts';
import { fitDeclaration } from '../../local-runs/fit-declaration.ts';
import { type NewProject, neededProjects, runsCommands } from '../../local-runs/needed-projects.ts';
import { selectActions } from '../../local-runs/select-actions.ts';
import { assignFolders } from '../../local-runs/source-actions.ts';
import { readSourceFolder, type SourceFolder, SourceFolderError } from '../../local-runs/source-folder.ts';
import { isManualApproval } from '../../model/action-type.ts';
import { type KnownProjects, knownProjects, readProjectFile } from '../project-file.ts';
import type { RunFlags } from './run-flags.ts';

/** The account whose resources templates name. */
export const templateAccount = '123456789012';

/** A pipeline that can be created, and the folders of its sources. */
export interface PreparedRun {
  declaration: PipelineDeclaration;
  sourceFolders: Map<string, SourceFolder>;
  projects: NewProject[];
  /** Whether actions or rules run commands. */
  hasBuilds: boolean;
  /** Names of projects that are declared nowhere. */
  assumedProjects: string[];
}

/** Reads a file of pipelines and fits one to this machine. Throws ConfigurationError with every mistake. */
export async function prepareRun(
  file: string,
  flags: RunFlags,
  { canAsk, env }: RunCircumstances,
): Promise<PreparedRun> {
  const { pipeline: read, projects: template } = chooseDeclaration(file, flags);
  const stored: KnownProjects = flags.resources === undefined ? new Map() : readProjectFile(flags.resources, env);
  const known = new Map([...stored, ...knownProjects(template)]);
  const selected = selectActions(shaped(read, file), { only: flags.only ?? [], skip: flags.skip ?? [] });
  const fitted = fitDeclaration(selected.declaration, readPairs('--variable', flags.variable));
  const sources = new Map(Object.entries(readPairs('--source', flags.source)));
  const { folders, mistakes } = assignFolders(fitted.declaration, sources, '.');
  const { declaration } = fitted;
  const problems = [
    ...(flags.image !== undefined && flags.cage !== undefined && flags.cage !== 'container'
      ? [`--image needs a container, and not --cage ${flags.cage}.`]
      : []),
    ...selected.mistakes,
    ...fitted.mistakes,
    ...mistakes,
    ...unanswerable(declaration, flags, canAsk),
  ];
  if (problems.length === 0)
    problems.push(...(await refusals(declaration, { read, file, region: flags.region, projects: known })));
  const sourceFolders = new Map<string, SourceFolder>();
  for (const [name, folder] of folders) {
    const found = await readSourceFolder(folder).catch((error: unknown) => {
      if (!(error instanceof SourceFolderError)) throw error;
      problems.push(`--source ${name}=${folder}: ${error.message}.`);
    });
    if (found) sourceFolders.set(name, found);
  }
  if (problems.length > 0) throw new ConfigurationError(problems, 'things keep the pipeline from running');
  const { projects, assumed } = neededProjects(declaration, { template, stored: new Set(stored.keys()) });
  return { declaration, sourceFolders, projects, assumedProjects: assumed, hasBuilds: runsCommands(declaration) };
}

interface RunCircumstances {
  /** Whether there is a terminal to ask on. */
  canAsk: boolean;
  env: Record<string, string | undefined>;
}

function chooseDeclaration(
  file: string,
  { parameter, pipeline, region }: RunFlags,
): { pipeline: ReadDeclaration; projects: NewProject[] } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const { pipelines: found, projects } = readAll(text, file, {
    parameters: readPairs('--parameter', parameter),
    region,
    account: templateAccount,
  });
  const named = found.filter(({ declaration }) => pipeline === undefined || nameOf(declaration) === pipeline);
  const [only] = named;
  if (only && named.length === 1) return { pipeline: only, projects };
  const names = found.map(({ declaration }) => nameOf(declaration)).join(', ');
  throw new ConfigurationError([
    pipeline === undefined
      ? `${file} has several pipelines: choose one with --pipeline; there are ${names}.`
      : `--pipeline ${pipeline}: ${file} has ${names}.`,
  ]);
}

function readAll(text: string, file: string, settings: Parameters<typeof readDeclarations>[1]): ReadFile {
  try {
    return readDeclarations(text, settings);
  } catch (error) {
    if (error instanceof DocumentError) throw new ConfigurationError([`${file}:${error.line}: ${error.message}`]);
    throw error;
  }
}

function nameOf(declaration: unknown): string {
  return String((declaration as { name?: unknown }).name ?? '');
}

/** What is wrong with the shape of a declaration is said before anything is taken out of it. */
function shaped({ declaration, lineOf }: ReadDeclaration, file: string): PipelineDeclaration {
  const context = { region: '', isUnresolved, lacksProvider: () => false };
  const wrong = lintDeclaration(declaration, context).filter(({ rule }) => rule === 'shape');
  if (wrong.length === 0) return declaration as PipelineDeclaration;
  throw new ConfigurationError(
    wrong.map(({ path, message }) => `${file}:${lineOf(path)}: ${message}`),
    'mistakes are in the file',
  );
}

/** Says why this pipeline would be refused, or could not end. */
async function refusals(
  declaration: PipelineDeclaration,
  { read, file, region, projects }: { read: ReadDeclaration; file: string; region: string; projects: KnownProjects },
): Promise<string[]> {
  const { lacksProvider } = await import('../../server/built-in-types.ts');
  const findings = lintDeclaration(declaration, { region, isUnresolved, lacksProvider, projects });
  return findings.flatMap(({ rule, severity, path, message }) => {
    const place = `${file}:${read.lineOf(originalPath(path, declaration, read.declaration as PipelineDeclaration))}`;
    if (rule === 'needs-worker')
      return `${place}: ${message} This run has no provider or worker for them: --skip NAME leaves them out.`;
    if (rule === 'no-provider') return `${place}: ${message} --skip NAME leaves it out.`;
    return severity === 'error' ? `${place}: ${message}` : [];
  });
}

/** Finds a member of what is left of a declaration in the whole one. */
function originalPath(
  path: readonly (string | number)[],
  left: PipelineDeclaration,
  whole: PipelineDeclaration,
): readonly (string | number)[] {
  const [first, stageIndex, second, actionIndex, ...rest] = path;
  if (first !== 'stages' || typeof stageIndex !== 'number') return path;
  const stage = left.stages[stageIndex];
  const index = whole.stages.findIndex(({ name }) => name === stage?.name);
  if (second !== 'actions' || typeof actionIndex !== 'number') return [first, index];
  const name = stage?.actions[actionIndex]?.name;
  const within = whole.stages[index]?.actions.findIndex((action) => action.name === name) ?? 0;
  return [first, index, second, within, ...rest];
}

function unanswerable({ stages }: PipelineDeclaration, { approve }: RunFlags, canAsk: boolean): string[] {
  if (approve === 'all' || canAsk) return [];
  const approvals = stages.flatMap(({ actions }) => actions.filter((action) => isManualApproval(action.actionTypeId)));
  return approvals.map(
    ({ name }) => `'${name}' asks for approval, and there is no terminal to ask on: --approve all approves everything.`,
  );
}

/** Reads values of a repeatable `NAME=VALUE` option. */
function readPairs(option: string, given: readonly string[] = []): Record<string, string> {
  const wrong = given.filter((text) => !/^[^=]+=/.test(text));
  if (wrong.length > 0) throw new ConfigurationError(wrong.map((text) => `${option} ${text}: expected NAME=VALUE.`));
  return Object.fromEntries(given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}
