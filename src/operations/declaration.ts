import { ServiceError } from '../contract/errors.ts';
import type { ActionDeclaration, PipelineDeclaration, PipelineType } from '../contract/generated.ts';
import { checkStructure } from '../engine/structure.ts';
import { actionTypeKey, type CataloguedActionType, secretProperties } from '../model/action-type.ts';
import type { Scope, StoredAction, StoredDeclaration } from '../model/pipeline.ts';
import type { Parts } from './operation.ts';
import { maskSecrets, sealSecrets } from './secrets.ts';

/**
 * The declaration as it is stored: defaults filled in, secrets sealed, every structure rule kept. Nothing is added to
 * `configuration` (clients 11). Throws the first broken rule as a ServiceError.
 */
export async function admitDeclaration(
  declared: PipelineDeclaration,
  scope: Scope,
  version: number,
  parts: Parts,
): Promise<StoredDeclaration> {
  const types = await declaredTypes(declared, scope, parts);
  const owner = { ...scope, name: declared.name };
  const secretsOf = new Map(
    types.map(({ definition }) => [actionTypeKey(definition.id), secretProperties(definition)]),
  );
  const store = (action: ActionDeclaration): StoredAction => ({
    ...action,
    runOrder: action.runOrder ?? 1,
    inputArtifacts: action.inputArtifacts ?? [],
    outputArtifacts: action.outputArtifacts ?? [],
    configuration: sealSecrets(
      action.configuration ?? {},
      secretsOf.get(actionTypeKey(action.actionTypeId)) ?? new Set(),
      owner,
      parts.sealer,
    ),
  });
  const declaration: StoredDeclaration = {
    ...declared,
    stages: declared.stages.map((stage) => ({ ...stage, actions: stage.actions.map(store) })),
    executionMode: declared.executionMode ?? 'SUPERSEDED',
    pipelineType: declared.pipelineType ?? inferredType(declared),
    version,
  };
  const refusal = checkStructure({ declaration, actionTypes: types, region: scope.region });
  if (refusal) throw new ServiceError(refusal.refuse, refusal.message);
  return declaration;
}

/** The declaration as reads answer it: secrets masked. */
export function showDeclaration(declaration: StoredDeclaration): PipelineDeclaration {
  return {
    ...declaration,
    stages: declaration.stages.map((stage) => ({
      ...stage,
      actions: stage.actions.map((action) => ({ ...action, configuration: maskSecrets(action.configuration) })),
    })),
  };
}

/** V1 unless a member is present that only V2 has (DECISIONS 9). */
function inferredType({ variables, triggers, executionMode, stages }: PipelineDeclaration): PipelineType {
  const hasConditions = stages.some(({ beforeEntry, onSuccess, onFailure }) => beforeEntry ?? onSuccess ?? onFailure);
  const hasMode = executionMode !== undefined && executionMode !== 'SUPERSEDED';
  return variables?.length || triggers?.length || hasMode || hasConditions ? 'V2' : 'V1';
}

async function declaredTypes(
  { stages }: PipelineDeclaration,
  scope: Scope,
  { store }: Parts,
): Promise<CataloguedActionType[]> {
  const ids = new Map(
    stages.flatMap(({ actions }) => actions.map(({ actionTypeId }) => [actionTypeKey(actionTypeId), actionTypeId])),
  );
  const types = await Promise.all([...ids.values()].map((id) => store.actionTypes.find(scope, id)));
  return types.filter((type) => type !== undefined);
}
