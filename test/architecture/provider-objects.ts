import { importedPath, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

/** The only file that gives objects to providers: it binds them to a role and checks the role's policies. */
const binding = 'src/server/role-objects.ts';
/** Importing one of these is needed to give something to a provider. */
const handing = ['src/providers/provider.ts', 'src/providers/provider-runner.ts'];
const network = /^(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/|$)|^@aws-sdk\/|^@smithy\/|^undici$/;
const fetching = /(?<![\w$.])fetch\s*\(/;

/**
 * Finds access to objects that bypasses the role: files that give tools to providers and import the object store, and
 * providers that open connections themselves.
 */
export function unboundObjects(files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/') && !isTestFile(path) && path !== binding)
    .flatMap((file) => (file.path.startsWith('src/providers/') ? ownConnections(file) : unboundStores(file)));
}

function ownConnections(file: SourceFile): Finding[] {
  const found = importsOf(file)
    .filter(({ specifier }) => network.test(specifier))
    .map(({ line }) => line);
  const fetches = file.text.split('\n').flatMap((text, index) => (fetching.test(text) ? [index + 1] : []));
  return [...found, ...fetches].map((line) => ({
    path: file.path,
    line,
    message: 'a provider reaches objects only through its tools, which are bound to the role',
  }));
}

function unboundStores(file: SourceFile): Finding[] {
  const imports = importsOf(file).map(({ specifier, line }) => ({
    target: importedPath(file.path, specifier) ?? '',
    line,
  }));
  if (!imports.some(({ target }) => handing.includes(target))) return [];
  return imports
    .filter(({ target }) => target.startsWith('src/artifacts/'))
    .map(({ line }) => ({ path: file.path, line, message: `only ${binding} may give objects to providers` }));
}
