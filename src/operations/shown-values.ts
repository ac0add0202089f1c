import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sealer } from '../identity/sealer.ts';
import type { SecretMask } from '../masking/secret-mask.ts';
import type { ActionExecution } from '../model/execution.ts';
import type { Pipeline, StoredDeclaration } from '../model/pipeline.ts';
import type { ListedActionExecution } from '../store/store.ts';
import type { Parts } from './operation.ts';
import { maskOf } from './secret-masks.ts';
import { maskSecrets } from './secrets.ts';

/** An action's values as they may be shown. */
export interface ShownValues {
  resolvedConfiguration: Record<string, string>;
  outputVariables: Record<string, string>;
}

/**
 * Masks the pipeline's secrets in what an action got from variables and in those it set itself. Both are stored as later
 * actions get them, and a worker may have put a secret into a variable.
 */
export function showValues(
  { start, outputVariables = {} }: Pick<ActionExecution, 'start' | 'outputVariables'>,
  declaration: StoredDeclaration | undefined,
  pipeline: Pipeline,
  sealer: Sealer,
): ShownValues {
  const configuration = maskSecrets(start.resolvedConfiguration);
  // What was declared in clear is shown as it was declared.
  const changed = Object.entries(configuration).filter(
    ([key, value]) => value === start.resolvedConfiguration[key] && value !== start.configuration[key],
  );
  const shown = { resolvedConfiguration: configuration, outputVariables };
  if (changed.length === 0 && Object.keys(outputVariables).length === 0) return shown;
  const mask = maskOf(start.resolvedConfiguration, declaration, pipeline, sealer);
  if (mask.isEmpty) return shown;
  return {
    resolvedConfiguration: { ...configuration, ...masked(changed, mask) },
    outputVariables: masked(Object.entries(outputVariables), mask),
  };
}

/** Lists executions of actions, each with its values as they may be shown. */
export async function showHistory<Detail>(
  rows: readonly ListedActionExecution[],
  pipeline: Pipeline,
  { store, sealer }: Parts,
  toDetail: (row: ListedActionExecution, shown: ShownValues) => Detail,
): Promise<Detail[]> {
  const declarations = new Map<number, StoredDeclaration | undefined>();
  const details: Detail[] = [];
  let characters = 0;
  for (const row of rows) {
    const { pipelineVersion: version } = row;
    if (!declarations.has(version)) declarations.set(version, await store.pipelines.declaration(pipeline.id, version));
    details.push(toDetail(row, showValues(row, declarations.get(version), pipeline, sealer)));
    characters += JSON.stringify(row.outputVariables ?? {}).length;
    if (characters < charactersInOneTurn) continue;
    characters = 0;
    await nextTurn();
  }
  return details;
}

/** A page may hold megabytes of variables: others get their turn in between. */
const charactersInOneTurn = 128 * 1024;

function masked(entries: [string, string][], { mask }: SecretMask): Record<string, string> {
  return Object.fromEntries(entries.map(([key, value]) => [key, mask(value)]));
}
