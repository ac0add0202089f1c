import { readFileSync } from 'node:fs';
import type { PipelineDeclaration } from '@aws-sdk/client-codepipeline';

/** A declaration of this folder, as clients write it. */
export function readDeclaration(name: 'retry-modes' | 'git-triggers'): PipelineDeclaration {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as PipelineDeclaration;
}
