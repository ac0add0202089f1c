import type { ErrorCode } from '../contract/errors.ts';
import type { CataloguedActionType } from '../model/action-type.ts';
import type { StoredDeclaration } from '../model/pipeline.ts';

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
}

/** One rule: the refusal when it is broken. */
export type StructureRule = (input: StructureInput) => StructureRefusal | undefined;

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
