import type { SourceRevisionOverride, SourceRevisionType } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import type { SourceBinding } from '../../model/execution.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';

const s3Source = 'Source/AWS/S3/1';

/** The action types whose revisions each kind of override can name (behaviour C.10). */
const overridableTypes: Record<SourceRevisionType, readonly string[]> = {
  COMMIT_ID: ['Source/AWS/CodeCommit/1', 'Source/AWS/CodeStarSourceConnection/1'],
  IMAGE_DIGEST: ['Source/AWS/ECR/1'],
  S3_OBJECT_VERSION_ID: [s3Source],
  S3_OBJECT_KEY: [s3Source],
};

/** The revisions a start asks for instead of the newest ones, or why it cannot have them (behaviour C.10). */
export function bindSources(
  declaration: StoredDeclaration,
  overrides: SourceRevisionOverride[],
): { bindings: SourceBinding[] } | { refuse: 'ValidationException'; message: string } {
  for (const override of overrides) {
    const message = refusalText(declaration, override, overrides);
    if (message !== undefined) return { refuse: 'ValidationException', message };
  }
  const bindings = new Map<string, SourceBinding>();
  for (const { actionName, revisionType, revisionValue } of overrides) {
    const what =
      revisionType === 'S3_OBJECT_KEY'
        ? { configuration: { S3ObjectKey: revisionValue } }
        : { revisionId: revisionValue };
    bindings.set(actionName, { ...bindings.get(actionName), actionName, ...what });
  }
  return { bindings: [...bindings.values()] };
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
  const { owner, provider } = source.actionTypeId;
  if (!overridableTypes[revisionType].includes(actionTypeKey(source.actionTypeId))) {
    return `The source action '${actionName}' (Owner: '${owner}', Provider: '${provider}') cannot have a source revision override of the type ${revisionType}.`;
  }
  if (revisionType === 'S3_OBJECT_KEY' && !allowsOtherKey(source)) {
    return `The source action '${actionName}' cannot have a source revision override of the type ${revisionType}: its configuration does not set AllowOverrideForS3ObjectKey to true.`;
  }
  const isRepeated =
    overrides.filter((other) => other.actionName === actionName && other.revisionType === revisionType).length > 1;
  return isRepeated
    ? `The source action '${actionName}' has more than one source revision override of the type ${revisionType}.`
    : undefined;
}

function allowsOtherKey({ configuration }: StoredAction): boolean {
  return configuration.AllowOverrideForS3ObjectKey === 'true';
}
