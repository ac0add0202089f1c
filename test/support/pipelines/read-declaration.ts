import { readFileSync } from 'node:fs';
import type { PipelineDeclaration } from '@aws-sdk/client-codepipeline';

/** Reads a declaration in this folder, in the form of the API. */
export function readDeclaration(name: 'retry-modes' | 'git-triggers'): PipelineDeclaration {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as PipelineDeclaration;
}
