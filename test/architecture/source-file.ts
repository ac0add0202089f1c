import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file under judgement; `path` is relative to the repository and uses forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** One broken rule. */
export interface Finding {
  path: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

/** Reads every file below `folder` whose name ends with one of `endings`; a missing folder holds none. */
export function readFiles(root: string, folder: string, endings: string[]): SourceFile[] {
  let entries: string[];
  try {
    entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .map((entry) => `${folder}/${entry}`.replaceAll('\\', '/'))
    .filter((path) => endings.some((ending) => path.endsWith(ending)) && !path.includes('/node_modules/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Reports whether a file is a test. */
export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** Line of a character offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** `file:line message`, which editors and terminals can follow. */
export function report(findings: Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}
