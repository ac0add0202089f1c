import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file to check; `path` is relative to the repository and uses forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** One violation. */
export interface Finding {
  path: string;
  /** One-based. */
  line: number;
  message: string;
}

/** Reads every file below `folder` whose name ends with one of `endings`; none if the folder is missing. */
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

/** Whether a file is a test. */
export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** Returns the one-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Formats findings as `file:line message`, which editors and terminals link. */
export function report(findings: Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}
