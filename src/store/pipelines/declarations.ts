import { LRUCache } from 'lru-cache';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import { declaredRules, type StoredDeclaration, type StoredStage } from '../../model/pipeline.ts';
import { referencesIn } from '../../model/variable-reference.ts';
import type { Statements } from '../database.ts';
import { findDeclarationText, nextTurn } from './pipeline-versions.ts';

/** Characters of JSON cached: some twenty declarations of 1,000 actions, or thousands of usual ones. */
const mostCharacters = 16 * 1024 * 1024;

/** An action of a declaration. */
export interface ActionReference {
  stageName: string;
  actionName: string;
}

/** The frozen declaration of a version, with what every decision derives from it. */
export interface ReadDeclaration {
  declaration: StoredDeclaration;
  /** Whether any stage has a condition. */
  hasConditions: boolean;
  /** Each type once. */
  actionTypeIds: ActionTypeId[];
  /** The actions of earlier stages whose artifacts or variables this stage or a later one refers to. */
  suppliersOf(stageName: string): ActionReference[];
}

/** The declarations of versions. */
export interface DeclarationCache {
  find(sql: Statements, pipelineId: string, version: number): Promise<ReadDeclaration | undefined>;
  clear(): void;
}

/**
 * Caches declarations, since a version never changes: parsing one of 1,000 actions takes longer than the rest of a job
 * result. After a failed transaction the cache has to be cleared, since the version it read may not be committed.
 */
export function createDeclarationCache(): DeclarationCache {
  const cache = new LRUCache<string, ReadDeclaration>({ maxSize: mostCharacters });
  return {
    async find(sql, pipelineId, version) {
      const key = `${pipelineId}/${version}`;
      const cached = cache.get(key);
      if (cached) return cached;
      const text = await findDeclarationText(sql, pipelineId, version);
      if (text === undefined) return undefined;
      await nextTurn(text.length);
      const found = read(text);
      await nextTurn(text.length);
      cache.set(key, found, { size: text.length });
      return found;
    },
    clear: () => cache.clear(),
  };
}

function read(text: string): ReadDeclaration {
  const declaration = freeze(JSON.parse(text) as StoredDeclaration);
  const actions = declaration.stages.flatMap((stage) => stage.actions);
  const types = new Map(actions.map(({ actionTypeId }) => [actionTypeKey(actionTypeId), actionTypeId]));
  const suppliers = new Map<string, ActionReference[]>();
  const wanted = new Map<StoredStage, Wanted>();
  const wantedOf = (stage: StoredStage): Wanted => {
    const known = wanted.get(stage) ?? wantedBy(stage);
    wanted.set(stage, known);
    return known;
  };
  return {
    declaration,
    hasConditions: declaration.stages.some(
      ({ beforeEntry, onSuccess, onFailure }) => (beforeEntry ?? onSuccess ?? onFailure) !== undefined,
    ),
    actionTypeIds: [...types.values()],
    suppliersOf(stageName) {
      const known = suppliers.get(stageName);
      if (known) return known;
      const found = findSuppliers(declaration.stages, stageName, wantedOf);
      suppliers.set(stageName, found);
      return found;
    },
  };
}

function findSuppliers(
  stages: StoredStage[],
  stageName: string,
  wantedOf: (stage: StoredStage) => Wanted,
): ActionReference[] {
  const index = stages.findIndex(({ name }) => name === stageName);
  const wanted = stages.slice(index).map(wantedOf);
  const artifacts = new Set(wanted.flatMap((names) => names.artifacts));
  const namespaces = new Set(wanted.flatMap((names) => names.namespaces));
  return stages
    .slice(0, index)
    .flatMap((stage) =>
      stage.actions
        .filter(
          ({ outputArtifacts, namespace = '' }) =>
            namespaces.has(namespace) || outputArtifacts.some(({ name }) => artifacts.has(name)),
        )
        .map((action) => ({ stageName: stage.name, actionName: action.name })),
    );
}

interface Wanted {
  artifacts: string[];
  namespaces: string[];
}

/** Returns what the actions of a stage and the rules of its conditions refer to. */
function wantedBy(stage: StoredStage): Wanted {
  return {
    artifacts: [...stage.actions, ...declaredRules([stage])].flatMap(({ inputArtifacts = [] }) =>
      inputArtifacts.map(({ name }) => name),
    ),
    namespaces: referencesIn(JSON.stringify(stage)).map(({ namespace }) => namespace),
  };
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
