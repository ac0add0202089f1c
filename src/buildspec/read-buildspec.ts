import { RE2JS } from 're2js';
import {
  type Artifact,
  type BuildEnvironment,
  type Buildspec,
  BuildspecError,
  type OnFailure,
  type Phase,
  type PhaseName,
  phaseNames,
  type ReportGroup,
} from './buildspec.ts';
import { readBatch } from './read-batch.ts';
import { readYamlMapping, type YamlMapping } from './yaml-mapping.ts';

/** Formats of reports. */
const reportFormats = [
  'JUNITXML',
  'CUCUMBERJSON',
  'NUNITXML',
  'NUNIT3XML',
  'TESTNGXML',
  'VISUALSTUDIOTRX',
  'CLOVERXML',
  'COBERTURAXML',
  'JACOCOXML',
  'SIMPLECOV',
];

/** How often RETRY without a number tries again. */
const defaultRetries = 3;
const maxRetries = 100;

/** Reads a buildspec. Throws BuildspecError with CodeBuild's text where it is known. */
export function readBuildspec(text: string): Buildspec {
  const root = readYamlMapping(text);
  const version = root.text('version');
  if (version !== '0.1' && version !== '0.2') {
    const given = version === undefined ? 'The buildspec has no version' : `Invalid buildspec version: ${version}`;
    throw new BuildspecError(`${given}. Expecting: 0.2 or 0.1`, root.lineOf('version'));
  }
  const runAs = root.text('run-as');
  const environment = readEnvironment(root.mapping('env'));
  const { phases, runtimeVersions } = readPhases(root.mapping('phases'));
  const artifacts = root.mapping('artifacts');
  const secondary = artifacts?.mapping('secondary-artifacts');
  const cache = root.mapping('cache');
  const batch = root.mapping('batch');
  // Proxies of CodeBuild's own network.
  root.mapping('proxy');
  const buildspec = {
    version,
    ...(runAs !== undefined && { runAs }),
    environment,
    runtimeVersions,
    phases,
    reports: readReports(root.mapping('reports')),
    ...(artifacts && { artifacts: readArtifact(artifacts) }),
    secondaryArtifacts: readByName(secondary, readArtifact),
    cachePaths: cache?.texts('paths') ?? [],
    ...(batch && { batch: readBatch(batch) }),
  } as const;
  cache?.warnOfUnread();
  root.warnOfUnread();
  return { ...buildspec, warnings: root.warnings };
}

function readEnvironment(env: YamlMapping | undefined): BuildEnvironment {
  const shell = env?.text('shell');
  const environment = {
    ...(shell !== undefined && { shell }),
    variables: env?.textsByName('variables') ?? {},
    parameterStore: env?.textsByName('parameter-store') ?? {},
    secretsManager: env?.textsByName('secrets-manager') ?? {},
    exportedVariables: env?.texts('exported-variables') ?? [],
    usesGitCredentialHelper: env?.flag('git-credential-helper') ?? false,
  };
  env?.warnOfUnread();
  return environment;
}

function readPhases(mapping: YamlMapping | undefined): Pick<Buildspec, 'phases' | 'runtimeVersions'> {
  const phases: Partial<Record<PhaseName, Phase>> = {};
  let runtimeVersions: Record<string, string> = {};
  for (const name of mapping?.names() ?? []) {
    if (!isPhaseName(name)) {
      const known = phaseNames.map((known) => known.toUpperCase()).sort();
      throw new BuildspecError(
        `Invalid buildspec phase name: ${name.toUpperCase()}. Expecting: ${known.join(',')}`,
        mapping?.lineOf(name) ?? 1,
      );
    }
    const phase = mapping?.mapping(name);
    if (name === 'install' && phase) runtimeVersions = phase.textsByName('runtime-versions');
    phases[name] = phase ? readPhase(phase) : { commands: [], finally: [] };
  }
  return { phases, runtimeVersions };
}

function isPhaseName(name: string): name is PhaseName {
  return (phaseNames as readonly string[]).includes(name);
}

function readPhase(mapping: YamlMapping): Phase {
  const runAs = mapping.text('run-as');
  const onFailure = mapping.text('on-failure');
  const phase = {
    ...(runAs !== undefined && { runAs }),
    ...(onFailure !== undefined && { onFailure: readOnFailure(onFailure, mapping.lineOf('on-failure')) }),
    commands: mapping.lines('commands'),
    finally: mapping.lines('finally'),
  };
  mapping.warnOfUnread();
  return phase;
}

/** Reads ABORT, CONTINUE, RETRY, RETRY-n, RETRY-pattern or RETRY-n-pattern. */
function readOnFailure(text: string, line: number): OnFailure {
  if (text === 'ABORT' || text === 'CONTINUE') return { action: text };
  const [, digits, pattern] = /^RETRY(?:-(\d+))?(?:-(.+))?$/s.exec(text) ?? [];
  const times = digits === undefined ? defaultRetries : Number(digits);
  if (!text.startsWith('RETRY') || (text.length > 5 && text[5] !== '-') || times > maxRetries) {
    throw new BuildspecError(
      `Invalid on-failure: ${text}. Expecting: ABORT, CONTINUE, RETRY, RETRY-count (at most ${maxRetries}), RETRY-regex or RETRY-count-regex`,
      line,
    );
  }
  if (pattern !== undefined && !isPattern(pattern)) {
    throw new BuildspecError(`Invalid on-failure: ${text}. ${pattern} is not a valid regular expression`, line);
  }
  return { action: 'RETRY', times, ...(pattern !== undefined && { pattern }) };
}

function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function readArtifact(mapping: YamlMapping): Artifact {
  const baseDirectory = mapping.text('base-directory');
  const name = mapping.text('name');
  const artifact = {
    files: mapping.texts('files').filter((pattern) => pattern !== ''),
    excludePaths: mapping.texts('exclude-paths'),
    ...(baseDirectory !== undefined && { baseDirectory }),
    ...(name !== undefined && { name }),
    discardsPaths: mapping.flag('discard-paths'),
    keepsSymlinks: mapping.flag('enable-symlinks'),
  };
  // Where projects store artifacts by themselves; those of pipelines have their place.
  mapping.text('s3-prefix');
  mapping.warnOfUnread();
  return artifact;
}

function readReports(mapping: YamlMapping | undefined): ReportGroup[] {
  return (mapping?.names() ?? []).flatMap((name) => {
    const group = mapping?.mapping(name);
    return group ? readReport(name, group) : [];
  });
}

function readReport(name: string, mapping: YamlMapping): ReportGroup {
  const fileFormat = (mapping.text('file-format') ?? 'JUNITXML').toUpperCase();
  if (!reportFormats.includes(fileFormat)) {
    const expected = reportFormats.join(', ');
    throw new BuildspecError(
      `Invalid file-format: ${fileFormat}. Expecting: ${expected}`,
      mapping.lineOf('file-format'),
    );
  }
  const baseDirectory = mapping.text('base-directory');
  const group = {
    name,
    files: mapping.texts('files').filter((pattern) => pattern !== ''),
    fileFormat,
    ...(baseDirectory !== undefined && { baseDirectory }),
  };
  mapping.flag('discard-paths');
  mapping.warnOfUnread();
  return group;
}

function readByName<Value>(
  mapping: YamlMapping | undefined,
  readMember: (member: YamlMapping) => Value,
): Record<string, Value> {
  const entries = (mapping?.names() ?? []).flatMap((name): [string, Value][] => {
    const member = mapping?.mapping(name);
    return member ? [[name, readMember(member)]] : [];
  });
  return Object.fromEntries(entries);
}
