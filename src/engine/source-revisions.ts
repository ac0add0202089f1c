import type { SourceRevisionOverride } from '../contract/generated.ts';
import { actionTypeKey } from '../model/action-type.ts';
import type { SourceBinding } from '../model/execution.ts';
import type { StoredDeclaration } from '../model/pipeline.ts';

const s3SourceKey = 'Source/AWS/S3/1';

/** The revisions a start asks for instead of the newest ones, or why it cannot have them (behaviour C.10). */
export function bindSources(
  declaration: StoredDeclaration,
  overrides: SourceRevisionOverride[],
): { bindings: SourceBinding[] } | { refuse: 'ValidationException'; message: string } {
  for (const override of overrides) {
    const message = refusalText(declaration, override, overrides);
    if (message !== undefined) return { refuse: 'ValidationException', message };
  }
  return {
    bindings: overrides.map(({ actionName, revisionValue }) => ({ actionName, revisionId: revisionValue })),
  };
}

/** All texts but the first are ours. */
function refusalText(
  { stages, pipelineType }: StoredDeclaration,
  { actionName, revisionType }: SourceRevisionOverride,
  overrides: SourceRevisionOverride[],
): string | undefined {
  const source = stages
    .flatMap(({ actions }) => actions)
    .find(({ name, actionTypeId }) => name === actionName && actionTypeId.category === 'Source');
  if (!source) {
    return 'The action name provided in the source revision is not valid. The action must be a source action in your pipeline.';
  }
  if (pipelineType !== 'V2') return 'Source revision overrides can only be used with V2 pipelines.';
  if (revisionType !== 'S3_OBJECT_VERSION_ID') {
    return `Source revision overrides of the type ${revisionType} are not supported by this version of Millrace.`;
  }
  if (actionTypeKey(source.actionTypeId) !== s3SourceKey) {
    return `The source action '${actionName}' is not an Amazon S3 source: it cannot have a source revision override of the type ${revisionType}.`;
  }
  if (overrides.filter((other) => other.actionName === actionName).length > 1) {
    return `The source action '${actionName}' has more than one source revision override.`;
  }
  return undefined;
}
