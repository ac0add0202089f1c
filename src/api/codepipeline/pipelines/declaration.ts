import { builtInRuleTypes } from '../../../catalogue/rule-types.ts';
import { ServiceError } from '../../../contract/errors.ts';
import type { ActionDeclaration, PipelineDeclaration, PipelineType } from '../../../contract/generated.ts';
import { checkStructure } from '../../../engine/structure/structure.ts';
import { actionTypeKey, type CataloguedActionType, secretProperties } from '../../../model/action-type.ts';
import {
  type Configuration,
  declaredRoles,
  type Scope,
  type StoredAction,
  type StoredDeclaration,
} from '../../../model/pipeline.ts';
import type { Dependencies } from '../../dependencies.ts';
import { keepSecrets, maskSecrets, sealSecrets } from './secrets.ts';

/** What a declaration is checked against. */
export interface DeclarationContext {
  scope: Scope;
  /** The types the declaration names, from `declaredTypes`. */
  types: CataloguedActionType[];
  sealer: Dependencies['sealer'];
  settings: Pick<Dependencies['settings'], 'quotas' | 'assumableRoles'>;
  /** The version the declaration replaces. */
  current?: StoredDeclaration;
}

/**
 * Checks a declaration and returns it as it is stored, with defaults filled in and secrets sealed. Nothing is added to
 * `configuration` (clients 11). Throws a ServiceError for the first structure rule that is violated.
 */
export function admitDeclaration(declared: PipelineDeclaration, context: DeclarationContext): StoredDeclaration {
  const { scope, types, sealer, settings, current } = context;
  const { quotas, assumableRoles } = settings;
  const owner = { ...scope, name: declared.name };
  const secretsOf = new Map(
    types.map(({ definition }) => [actionTypeKey(definition.id), secretProperties(definition)]),
  );
  const store = (action: ActionDeclaration, stageName: string): StoredAction => {
    const secret = secretsOf.get(actionTypeKey(action.actionTypeId)) ?? new Set();
    const stored = configurationOf(current, stageName, action);
    const kept = keepSecrets(action.configuration ?? {}, secret, { name: action.name, stored });
    return {
      ...action,
      runOrder: action.runOrder ?? 1,
      inputArtifacts: action.inputArtifacts ?? [],
      outputArtifacts: action.outputArtifacts ?? [],
      configuration: sealSecrets(kept, secret, owner, sealer),
    };
  };
  const declaration: StoredDeclaration = {
    ...declared,
    stages: declared.stages.map((stage) => ({
      ...stage,
      actions: stage.actions.map((action) => store(action, stage.name)),
    })),
    executionMode: declared.executionMode ?? 'SUPERSEDED',
    pipelineType: declared.pipelineType ?? (current?.pipelineType === 'V2' ? 'V2' : inferredType(declared)),
    version: (current?.version ?? 0) + 1,
  };
  const refusal = checkStructure({
    declaration,
    actionTypes: types,
    ruleTypes: builtInRuleTypes,
    region: scope.region,
    quotas,
  });
  if (refusal) throw new ServiceError(refusal.refuse, refusal.message);
  if (assumableRoles) checkRoles(declaration, assumableRoles);
  return declaration;
}

/** Rejects a role that is not declared, as AWS rejects one it cannot assume (operations 4). */
function checkRoles(declaration: StoredDeclaration, assumable: ReadonlySet<string>): void {
  const unknown = declaredRoles(declaration).find((arn) => !assumable.has(arn));
  if (unknown === undefined) return;
  throw new ServiceError(
    'InvalidStructureException',
    `CodePipeline is not authorized to perform AssumeRole on role ${unknown}`,
  );
}

/** Returns the stored configuration of the action with the same stage, name and type. */
function configurationOf(
  current: StoredDeclaration | undefined,
  stageName: string,
  { name, actionTypeId }: ActionDeclaration,
): Configuration | undefined {
  return current?.stages
    .find((stage) => stage.name === stageName)
    ?.actions.find(
      (action) => action.name === name && actionTypeKey(action.actionTypeId) === actionTypeKey(actionTypeId),
    )?.configuration;
}

/** Returns the declaration as responses show it, with secrets masked. */
export function showDeclaration(declaration: StoredDeclaration): PipelineDeclaration {
  return {
    ...declaration,
    stages: declaration.stages.map((stage) => ({
      ...stage,
      actions: stage.actions.map((action) => ({ ...action, configuration: maskSecrets(action.configuration) })),
    })),
  };
}

/** Returns V1 unless the declaration has a member that only V2 has (decision 9). */
function inferredType({ variables, triggers, executionMode, stages }: PipelineDeclaration): PipelineType {
  const hasConditions = stages.some(({ beforeEntry, onSuccess, onFailure }) => beforeEntry ?? onSuccess ?? onFailure);
  const hasMode = executionMode !== undefined && executionMode !== 'SUPERSEDED';
  return variables?.length || triggers?.length || hasMode || hasConditions ? 'V2' : 'V1';
}

/** Above this, reading a declaration takes tens of milliseconds, and so does checking it. */
const manyActions = 100;

/**
 * Returns the action types that a declaration names and the account has. Before a large one is checked, other calls get
 * a turn.
 */
export async function declaredTypes(
  { stages }: PipelineDeclaration,
  scope: Scope,
  { store }: Dependencies,
): Promise<CataloguedActionType[]> {
  const ids = new Map(
    stages.flatMap(({ actions }) => actions.map(({ actionTypeId }) => [actionTypeKey(actionTypeId), actionTypeId])),
  );
  if (stages.reduce((sum, { actions }) => sum + actions.length, 0) > manyActions) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return store.actionTypes.findAll(scope, [...ids.values()]);
}
