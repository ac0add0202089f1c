import type { ErrorCode } from '../contract/errors.ts';
import type { ActionType } from '../contract/generated.ts';
import type { CataloguedActionType } from '../model/action-type.ts';
import type { StoredAction, StoredDeclaration, StoredStage } from '../model/pipeline.ts';
import type { Quotas } from '../model/quotas.ts';

/** Why a declaration cannot be saved. */
export interface StructureRefusal {
  refuse: ErrorCode;
  message: string;
}

/** What a structure rule may look at. */
export interface StructureInput {
  declaration: StoredDeclaration;
  actionTypes: CataloguedActionType[];
  region: string;
  quotas: Quotas;
  /** The keys of the types that only V2 pipelines may use; none when left out. */
  v2OnlyTypeKeys?: ReadonlySet<string>;
}

/** One rule: the refusal when it is broken. */
export type StructureRule = (input: StructureInput) => StructureRefusal | undefined;

/** One rule about one action and its type. */
export type ActionRule = (
  action: StoredAction,
  type: ActionType,
  stage: StoredStage,
  region: string,
) => StructureRefusal | undefined;

/** The refusal of a whole declaration. */
export function invalidStructure(message: string): StructureRefusal {
  return { refuse: 'InvalidStructureException', message };
}

/** The refusal of one action. */
export function invalidAction(message: string): StructureRefusal {
  return { refuse: 'InvalidActionDeclarationException', message };
}

/** The first text that occurs a second time. */
export function firstRepeated(texts: string[]): string | undefined {
  return texts.find((text, index) => texts.indexOf(text) !== index);
}
