import { importedPackage, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

/** The parts of package.json that are installed with Millrace. */
export interface RuntimeDependencies {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

function runtimeNames({ dependencies = {}, optionalDependencies = {} }: RuntimeDependencies): string[] {
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
}

/** Finds runtime dependencies without a row on the page that explains them, and rows without a dependency. */
export function unexplainedDependencies(manifest: RuntimeDependencies, page: SourceFile): Finding[] {
  const names = runtimeNames(manifest);
  const rows = page.text.split('\n').flatMap((text, index) => {
    const name = /^\| `([^`]+)` \|/.exec(text)?.[1];
    return name === undefined ? [] : [{ name, line: index + 1 }];
  });
  const explained = rows.map(({ name }) => name);
  return [
    ...names
      .filter((name) => !explained.includes(name))
      .map((name) => ({ path: page.path, line: 1, message: `has no row for the dependency ${name}` })),
    ...rows
      .filter(({ name }) => !names.includes(name))
      .map(({ name, line }) => ({
        path: page.path,
        line,
        message: `explains ${name}, which is not a runtime dependency`,
      })),
  ];
}

/** Finds packages that the product imports but that are not installed with it. */
export function undeclaredPackages(manifest: RuntimeDependencies, files: SourceFile[]): Finding[] {
  const names = runtimeNames(manifest);
  return files
    .filter(({ path }) => path.startsWith('src/') && !isTestFile(path))
    .flatMap((file) =>
      importsOf(file).flatMap(({ specifier, line }) => {
        const name = importedPackage(specifier);
        if (name === undefined || names.includes(name)) return [];
        return [
          {
            path: file.path,
            line,
            message: `imports ${name}, which is not a runtime dependency (built-ins begin with node:)`,
          },
        ];
      }),
    );
}
