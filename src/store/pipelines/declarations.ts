import { LRUCache } from 'lru-cache';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import { declaredRules, type StoredDeclaration, type StoredStage } from '../../model/pipeline.ts';
import { referencesIn } from '../../model/variable-reference.ts';
import type { Statements } from '../database.ts';
import { nextTurn } from '../next-turn.ts';
import { findDeclarationText } from './pipelines.ts';

/** Characters of JSON kept parsed: some twenty declarations of 1,000 actions, or thousands of usual ones. */
const mostCharacters = 16 * 1024 * 1024;

/** An action by its place. */
export interface ActionPlace {
  stageName: string;
  actionName: string;
}

/** A version's declaration, frozen, with what a decision asks of it each time. */
export interface ReadDeclaration {
  declaration: StoredDeclaration;
  /** Whether any stage has one, so that an execution can have checks of it. */
  hasConditions: boolean;
  /** Each type once. */
  actionTypeIds: ActionTypeId[];
  /** The actions of earlier stages whose artifacts or variables this stage or a later one refers to. */
  suppliersOf(stageName: string): ActionPlace[];
}

/** Reads the declarations of versions. */
export interface Declarations {
  find(sql: Statements, pipelineId: string, version: number): Promise<ReadDeclaration | undefined>;
}

/**
 * Keeps what it has read, for a version never changes: parsing a declaration of 1,000 actions takes longer than all else
 * in a job result. Whoever reads in a transaction that then fails says `forget`, since the version may not be committed.
 */
export function createDeclarations(): Declarations & { forget(): void } {
  const kept = new LRUCache<string, ReadDeclaration>({ maxSize: mostCharacters });
  return {
    async find(sql, pipelineId, version) {
      const key = `${pipelineId}/${version}`;
      const known = kept.get(key);
      if (known) return known;
      const text = await findDeclarationText(sql, pipelineId, version);
      if (text === undefined) return undefined;
      await nextTurn(text.length);
      const found = read(text);
      await nextTurn(text.length);
      kept.set(key, found, { size: text.length });
      return found;
    },
    forget: () => kept.clear(),
  };
}

function read(text: string): ReadDeclaration {
  const declaration = freeze(JSON.parse(text) as StoredDeclaration);
  const actions = declaration.stages.flatMap((stage) => stage.actions);
  const types = new Map(actions.map(({ actionTypeId }) => [actionTypeKey(actionTypeId), actionTypeId]));
  const suppliers = new Map<string, ActionPlace[]>();
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
): ActionPlace[] {
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

/** What the actions of a stage and the rules of its conditions refer to, wherever a reference may stand. */
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
