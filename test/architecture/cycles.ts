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

/**
 * Circles among the files, type-only imports left out: each file that lies on one names a shortest way back to itself,
 * once per circle.
 */
export function importCircles(files: SourceFile[]): Finding[] {
  const edges = new Map(files.filter(({ path }) => !isTestFile(path)).map((file) => [file.path, valueImports(file)]));
  const findings: Finding[] = [];
  const reported = new Set<string>();
  for (const path of edges.keys()) {
    const circle = reported.has(path) ? undefined : shortestWayBack(path, edges);
    if (circle === undefined) continue;
    for (const member of circle) reported.add(member);
    const line = edges.get(path)?.find(({ to }) => to === circle[1] || to === path)?.line ?? 1;
    findings.push({ path, line, message: `is in an import circle: ${[...circle, path].join(' → ')}` });
  }
  return findings;
}

function shortestWayBack(start: string, edges: Map<string, Edge[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const { to } of edges.get(path) ?? []) {
      if (to === start) return wayFrom(start, path, cameFrom);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, path);
      queue.push(to);
    }
  }
  return undefined;
}

function wayFrom(start: string, end: string, cameFrom: Map<string, string>): string[] {
  const way = [end];
  while (way[0] !== start) way.unshift(cameFrom.get(way[0] ?? '') ?? start);
  return way;
}
