import type { SourceRevisionOverride } from '../../contract/generated.ts';
import { actionTypeKey, type RevisionOverride } from '../../model/action-type.ts';
import type { SourceBinding } from '../../model/execution.ts';
import type { StoredAction } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';

/** Binds sources to the revisions that a start asks for instead of the newest ones (behaviour C.10). */
export function bindSources(
  snapshot: Snapshot,
  overrides: SourceRevisionOverride[],
): { bindings: SourceBinding[] } | { refuse: 'ValidationException'; message: string } {
  const bindings = new Map<string, SourceBinding>();
  for (const override of overrides) {
    const { actionName, revisionType, revisionValue } = override;
    const source = findSource(snapshot, actionName);
    const target = source && overridesOf(snapshot, source)?.[revisionType];
    const message = refusalText(snapshot, { source, target, override, overrides });
    if (message !== undefined) return { refuse: 'ValidationException', message };
    const bound =
      typeof target === 'object'
        ? { configuration: { [target.property]: revisionValue } }
        : { revisionId: revisionValue };
    bindings.set(actionName, { ...bindings.get(actionName), actionName, ...bound });
  }
  return { bindings: [...bindings.values()] };
}

function findSource({ declaration }: Snapshot, actionName: string): StoredAction | undefined {
  const actions = declaration.stages.flatMap((stage) => stage.actions);
  return actions.find(({ name, actionTypeId }) => name === actionName && actionTypeId.category === 'Source');
}

function overridesOf({ actionTypes }: Snapshot, { actionTypeId }: StoredAction) {
  const key = actionTypeKey(actionTypeId);
  return actionTypes.find(({ definition }) => actionTypeKey(definition.id) === key)?.attributes?.overrides;
}

/** An override with the source it names and what it replaces there. */
interface RequestedOverride {
  source: StoredAction | undefined;
  target: RevisionOverride | undefined;
  override: SourceRevisionOverride;
  /** All overrides of the start. */
  overrides: SourceRevisionOverride[];
}

/** All texts but the first are ours. */
function refusalText(
  { declaration }: Snapshot,
  { source, target, override: { actionName, revisionType }, overrides }: RequestedOverride,
): string | undefined {
  if (!source) {
    return 'The action name provided in the source revision is not valid. The action must be a source action in your pipeline.';
  }
  if (declaration.pipelineType !== 'V2') return 'Source revision overrides can only be used with V2 pipelines.';
  if (target === undefined) {
    const { owner, provider } = source.actionTypeId;
    return `The source action '${actionName}' (Owner: '${owner}', Provider: '${provider}') cannot have a source revision override of the type ${revisionType}.`;
  }
  if (target !== 'revision' && source.configuration[target.allowedBy] !== 'true') {
    return `The source action '${actionName}' cannot have a source revision override of the type ${revisionType}: its configuration does not set ${target.allowedBy} to true.`;
  }
  const isRepeated =
    overrides.filter((other) => other.actionName === actionName && other.revisionType === revisionType).length > 1;
  return isRepeated
    ? `The source action '${actionName}' has more than one source revision override of the type ${revisionType}.`
    : undefined;
}
