import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SecretMask } from '../../../masking/secret-mask.ts';
import type { ActionStart } from '../../../model/execution.ts';
import type { Pipeline } from '../../../model/pipeline.ts';
import type { ListedActionExecution } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import { maskOf } from './secret-masks.ts';
import { maskSecrets } from './secrets.ts';

/** An action's values without secrets. */
export interface ShownValues {
  resolvedConfiguration: Record<string, string>;
  outputVariables: Record<string, string>;
}

/**
 * Returns a configuration without secrets. Values that came from variables are masked, too, since a worker may have put a
 * secret of the pipeline into one. Values declared in clear are shown as declared. `isShown` limits the properties that
 * are searched.
 */
export function showConfiguration(
  { configuration, resolvedConfiguration }: ActionStart,
  mask: () => Pick<SecretMask, 'mask'>,
  isShown: (key: string) => boolean = () => true,
): Record<string, string> {
  const shown = maskSecrets(resolvedConfiguration);
  const changed = Object.entries(shown).filter(
    ([key, value]) => value === resolvedConfiguration[key] && value !== configuration[key] && isShown(key),
  );
  return changed.length === 0 ? shown : { ...shown, ...masked(changed, mask()) };
}

/** Maps executions of actions to details, with their values without secrets. */
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
    // Each row may have a hundred kilobytes to search, so other calls get a turn in between.
    if (!mask.isEmpty) await nextTurn();
  }
  return details;
}

function masked(entries: [string, string][], { mask }: Pick<SecretMask, 'mask'>): Record<string, string> {
  return Object.fromEntries(entries.map(([key, value]) => [key, mask(value)]));
}
