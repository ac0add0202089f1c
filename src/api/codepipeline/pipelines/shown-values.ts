import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SecretMask } from '../../../masking/secret-mask.ts';
import type { ActionStart } from '../../../model/execution.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import type { ListedActionExecution } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { maskOf } from './secret-masks.ts';
import { maskSecrets } from './secrets.ts';

/** An action's values as they may be shown. */
export interface ShownValues {
  resolvedConfiguration: Record<string, string>;
  outputVariables: Record<string, string>;
}

/**
 * A configuration as it may be shown: what came out of variables is stored as the action gets it, and a worker may have
 * put a secret of the pipeline into a variable. What was declared in clear is shown as it was declared. `isShown` chooses
 * the properties that are looked at.
 */
export function showConfiguration(
  { configuration, resolvedConfiguration }: ActionStart,
  mask: () => SecretMask,
  isShown: (key: string) => boolean = () => true,
): Record<string, string> {
  const shown = maskSecrets(resolvedConfiguration);
  const changed = Object.entries(shown).filter(
    ([key, value]) => value === resolvedConfiguration[key] && value !== configuration[key] && isShown(key),
  );
  return changed.length === 0 ? shown : { ...shown, ...masked(changed, mask()) };
}

/** Lists executions of actions, each with its values as they may be shown. */
export async function showHistory<Detail>(
  rows: readonly ListedActionExecution[],
  pipeline: Pipeline,
  { store, sealer }: Dependencies,
  toDetail: (row: ListedActionExecution, shown: ShownValues) => Detail,
): Promise<Detail[]> {
  const masks = new Map<number, SecretMask>();
  const details: Detail[] = [];
  for (const row of rows) {
    const { outputVariables = {}, pipelineVersion: version, start } = row;
    let mask = masks.get(version);
    if (!mask) {
      mask = maskOf({}, await store.pipelines.declaration(pipeline.id, version), pipeline, sealer);
      masks.set(version, mask);
    }
    const ofVersion = mask;
    const shown = {
      resolvedConfiguration: showConfiguration(start, () => ofVersion),
      outputVariables: mask.isEmpty ? outputVariables : masked(Object.entries(outputVariables), mask),
    };
    details.push(toDetail(row, shown));
    // Each row may hold a hundred kilobytes to look through: others get their turn in between.
    if (!mask.isEmpty) await nextTurn();
  }
  return details;
}

function masked(entries: [string, string][], { mask }: SecretMask): Record<string, string> {
  return Object.fromEntries(entries.map(([key, value]) => [key, mask(value)]));
}
