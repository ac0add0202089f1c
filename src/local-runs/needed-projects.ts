import type { PipelineDeclaration } from '../contract/generated.ts';
import { declaredRules } from '../model/pipeline.ts';

/** A project as CreateProject takes it. */
export type NewProject = Record<string, unknown>;

/**
 * Returns the projects to create for the builds of a declaration: those of the same template, and for names that are
 * declared nowhere one that runs the `buildspec.yml` of the source. `stored` names those that are resources already.
 */
export function neededProjects(
  declaration: PipelineDeclaration,
  { template, stored }: { template: readonly NewProject[]; stored: ReadonlySet<string> },
): { projects: NewProject[]; assumed: string[] } {
  const named = [...projectNames(declaration)].filter((name) => !stored.has(name));
  const found = named.flatMap((name) => template.filter((project) => project.name === name));
  const assumed = named.filter((name) => !found.some((project) => project.name === name));
  return { projects: [...found, ...assumed.map(assumedProject)], assumed };
}

/** Reports whether actions or rules of a declaration run commands, in builds. */
export function runsCommands(declaration: PipelineDeclaration): boolean {
  return builders(declaration).length > 0;
}

/** Returns the names of projects that actions and rules build; those with references are known only in an execution. */
function projectNames(declaration: PipelineDeclaration): Set<string> {
  const names = builders(declaration).map(({ configuration }) => configuration?.ProjectName ?? '');
  return new Set(names.filter((name) => name !== '' && !name.includes('#{')));
}

function builders({ stages }: PipelineDeclaration) {
  const performers = [
    ...stages.flatMap(({ actions }) =>
      actions.map(({ actionTypeId, configuration }) => ({ type: actionTypeId, configuration })),
    ),
    ...declaredRules(stages as Parameters<typeof declaredRules>[0]).map(({ ruleTypeId, configuration }) => {
      return { type: ruleTypeId, configuration };
    }),
  ];
  return performers.filter(({ type }) => type.owner === 'AWS' && ['CodeBuild', 'Commands'].includes(type.provider));
}

function assumedProject(name: string): NewProject {
  return {
    name,
    source: { type: 'CODEPIPELINE' },
    artifacts: { type: 'CODEPIPELINE' },
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'aws/codebuild/standard:7.0',
      computeType: 'BUILD_GENERAL1_SMALL',
    },
    serviceRole: 'arn:aws:iam::123456789012:role/codebuild',
  };
}
