import type { LintContext } from '../lint/finding.ts';
import { isInline } from '../projects/source-location.ts';
import { loadResourceFile } from '../resources/load-resource-file.ts';

/** Projects by their names, as checks of declarations take them. */
export type KnownProjects = NonNullable<LintContext['projects']>;

/** Reads the projects of a file of resources. Throws ConfigurationError. */
export function readProjectFile(file: string, environment: Record<string, string | undefined>): KnownProjects {
  const declared = loadResourceFile(file, environment).filter(({ kind }) => kind === 'Project');
  return knownProjects(
    declared.map(({ name, document: { source } }) => ({
      name,
      source: typeof source === 'string' ? JSON.parse(source) : {},
    })),
  );
}

/** Names projects, with the buildspecs that are part of them. */
export function knownProjects(projects: readonly Record<string, unknown>[]): KnownProjects {
  return new Map(
    projects.map(({ name, source }) => {
      const { buildspec } = (source ?? {}) as { buildspec?: unknown };
      const inline = typeof buildspec === 'string' && isInline(buildspec) ? { buildspec } : {};
      return [String(name), inline] as const;
    }),
  );
}
