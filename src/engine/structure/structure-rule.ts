import type { ErrorCode } from '../../contract/errors.ts';
import type { BuiltInRuleType, CataloguedActionType, JobTypeId } from '../../model/action-type.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import type { Quotas } from '../../model/quotas.ts';

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
  /** The types of the rules that conditions may hold; none when left out. */
  ruleTypes?: readonly BuiltInRuleType[];
}

/** One rule: the refusal when it is broken. */
export type StructureRule = (input: StructureInput) => StructureRefusal | undefined;

/** One rule about one action and its type. */
export type ActionRule = (
  action: StoredAction,
  type: CataloguedActionType,
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

/** The refusal of one stage. */
export function invalidStage(message: string): StructureRefusal {
  return { refuse: 'InvalidStageDeclarationException', message };
}

/** A type as messages write it. */
export function typePhrase({ category, provider, owner, version }: JobTypeId): string {
  return `(Category: '${category}', Provider: '${provider}', Owner: '${owner}', Version: '${version}')`;
}

/** Why a type cannot be used; messages write the Region like a constant. */
export function notAvailable(region: string): string {
  return `is not available in region '${region.toUpperCase().replaceAll('-', '_')}'`;
}

/** The first text that occurs a second time. */
export function firstRepeated(texts: string[]): string | undefined {
  return texts.find((text, index) => texts.indexOf(text) !== index);
}
