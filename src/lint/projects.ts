import { BuildspecError } from '../buildspec/buildspec.ts';
import { readBuildspec } from '../buildspec/read-buildspec.ts';
import { referencesIn } from '../model/variable-reference.ts';
import { actionsOf, type Finding, type LintContext, type LintRule, type MemberPath } from './finding.ts';

type Placed = ReturnType<typeof actionsOf>[number];

/** Returns the actions that build a project, with its name; those whose project only an execution knows are left out. */
function buildsOf(
  declaration: Parameters<LintRule>[0],
  { isUnresolved }: LintContext,
): (Placed & { project: string })[] {
  return actionsOf(declaration).flatMap((placed) => {
    const { actionTypeId, configuration = {} } = placed.action;
    const project = configuration.ProjectName ?? '';
    if (actionTypeId.owner !== 'AWS' || actionTypeId.provider !== 'CodeBuild' || project === '') return [];
    return isUnresolved(project) || referencesIn(project).length > 0 ? [] : [{ ...placed, project }];
  });
}

const knowsProjects: LintRule = (declaration, context) => {
  const { projects } = context;
  if (!projects) return [];
  return buildsOf(declaration, context).flatMap(({ action: { name }, path, project }) => {
    if (projects.has(project)) return [];
    return {
      rule: 'unknown-project',
      severity: 'warning' as const,
      path: [...path, 'configuration', 'ProjectName'],
      message: `The project '${project}' of '${name}' is not declared.`,
      fix: 'Declare it as a resource of the kind Project, or create it with CreateProject.',
    };
  });
};

const fitsBuildspecs: LintRule = (declaration, context) =>
  buildsOf(declaration, context).flatMap((build) => {
    const text = context.projects?.get(build.project)?.buildspec;
    return text === undefined ? [] : compareBuildspec(text, build, declaration);
  });

function compareBuildspec(
  text: string,
  build: Placed & { project: string },
  declaration: Parameters<LintRule>[0],
): Finding[] {
  const { action, path, project } = build;
  try {
    const { artifacts, secondaryArtifacts, environment } = readBuildspec(text);
    const hasArtifacts = artifacts !== undefined || Object.keys(secondaryArtifacts).length > 0;
    const missing = (action.outputArtifacts ?? []).length > 0 && !hasArtifacts;
    return [
      ...(missing ? [lacksArtifacts(build)] : []),
      ...unexported(environment.exportedVariables, build, declaration),
    ];
  } catch (error) {
    if (!(error instanceof BuildspecError)) throw error;
    const message = `The buildspec of the project '${project}' fails '${action.name}': ${error.message}`;
    return [{ rule: 'bad-buildspec', severity: 'error', path: placeOf(path), message }];
  }
}

function lacksArtifacts({ action, path, project }: Placed & { project: string }): Finding {
  return {
    rule: 'no-artifacts',
    severity: 'error',
    path: [...path, 'outputArtifacts'],
    message: `'${action.name}' has output artifacts, but the buildspec of the project '${project}' makes none.`,
    fix: 'Add `artifacts` to the buildspec, or take the output artifacts out.',
  };
}

function placeOf(path: MemberPath): MemberPath {
  return [...path, 'configuration', 'ProjectName'];
}

/** Finds references to variables that a build does not export. */
function unexported(
  exported: readonly string[],
  { action, project }: Placed & { project: string },
  declaration: Parameters<LintRule>[0],
): Finding[] {
  const { namespace } = action;
  if (namespace === undefined) return [];
  return actionsOf(declaration).flatMap(({ action: reader, path }) =>
    Object.entries(reader.configuration ?? {}).flatMap(([property, value]) =>
      referencesIn(value)
        .filter((reference) => reference.namespace === namespace && !exported.includes(reference.key))
        .map(({ key, text }) => ({
          rule: 'unknown-output-variable',
          severity: 'error' as const,
          path: [...path, 'configuration', property],
          message: `${text} fails the action '${reader.name}': the buildspec of the project '${project}' does not export '${key}'.`,
          fix: `Add ${key} to \`exported-variables\` of the buildspec.`,
        })),
    ),
  );
}

/** Rules about the projects that build actions name. */
export const projectRules: LintRule[] = [knowsProjects, fitsBuildspecs];
