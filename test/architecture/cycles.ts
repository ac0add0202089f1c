import { importedPath, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

interface Edge {
  to: string;
  line: number;
}

function valueImports(file: SourceFile): Edge[] {
  return importsOf(file).flatMap(({ specifier, line, isTypeOnly }) => {
    const to = isTypeOnly ? undefined : importedPath(file.path, specifier);
    return to === undefined ? [] : [{ to, line }];
  });
}

/** Finds import cycles without type-only imports: one shortest path from a file back to itself for each cycle. */
export function importCycles(files: SourceFile[]): Finding[] {
  const edges = new Map(files.filter(({ path }) => !isTestFile(path)).map((file) => [file.path, valueImports(file)]));
  const findings: Finding[] = [];
  const reported = new Set<string>();
  for (const path of edges.keys()) {
    const cycle = reported.has(path) ? undefined : shortestPathBack(path, edges);
    if (cycle === undefined) continue;
    for (const member of cycle) reported.add(member);
    const line = edges.get(path)?.find(({ to }) => to === cycle[1] || to === path)?.line ?? 1;
    findings.push({ path, line, message: `is in an import cycle: ${[...cycle, path].join(' → ')}` });
  }
  return findings;
}

function shortestPathBack(start: string, edges: Map<string, Edge[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const { to } of edges.get(path) ?? []) {
      if (to === start) return pathFrom(start, path, cameFrom);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, path);
      queue.push(to);
    }
  }
  return undefined;
}

function pathFrom(start: string, end: string, cameFrom: Map<string, string>): string[] {
  const path = [end];
  while (path[0] !== start) path.unshift(cameFrom.get(path[0] ?? '') ?? start);
  return path;
}
