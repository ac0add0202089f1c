import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../config/setting.ts';
import type { Resource } from '../model/resource.ts';
import { readResourceFile } from './resource-file.ts';

/**
 * Reads a file of resources; the files of its secrets are relative to it. Throws ConfigurationError with every mistake and
 * its line.
 */
export function loadResourceFile(file: string, environment: Record<string, string | undefined>): Resource[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const { resources, mistakes } = readResourceFile(text, {
    environment,
    readFile: (path) => readFileSync(resolve(dirname(file), path), 'utf8'),
  });
  if (mistakes.length === 0) return resources;
  throw new ConfigurationError(
    mistakes.map(({ line, message }) => `${file}:${line}: ${message}`),
    'mistakes are in the file',
  );
}
