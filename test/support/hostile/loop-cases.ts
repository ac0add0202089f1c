import { bodyCases } from './body-cases.ts';
import { buildCases } from './build-cases.ts';
import { chunkCases } from './chunk-cases.ts';
import { hookCases } from './hook-cases.ts';
import { listCases } from './list-cases.ts';
import type { LoopCase } from './loop-case.ts';
import { patternCases } from './pattern-cases.ts';
import { pipelineCases } from './pipeline-cases.ts';
import { xmlCases } from './xml-cases.ts';

/**
 * The worst known input of every entry point; each is measured by `test/hostile/loop-delay.test.ts` and
 * `bench/loop-delay.mjs`.
 */
export const loopCases: LoopCase[] = [
  ...bodyCases,
  ...buildCases,
  ...hookCases,
  ...pipelineCases,
  ...listCases,
  ...xmlCases,
  ...patternCases,
  ...chunkCases,
];
