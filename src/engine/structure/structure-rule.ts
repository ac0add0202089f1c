import type { ErrorCode } from '../../contract/errors.ts';
import type { BuiltInRuleType, CataloguedActionType, JobTypeId } from '../../model/action-type.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import type { Quotas } from '../../model/quotas.ts';

/** Why a declaration cannot be saved. */
export interface StructureRefusal {
  refuse: ErrorCode;
  message: string;
}

/** What structure rules are checked against. */
export interface StructureInput {
  declaration: StoredDeclaration;
  actionTypes: CataloguedActionType[];
  region: string;
  quotas: Quotas;
  /** The types of rules that conditions may hold; none by default. */
  ruleTypes?: readonly BuiltInRuleType[];
}

/** One rule; returns a refusal if the declaration breaks it. */
export type StructureRule = (input: StructureInput) => StructureRefusal | undefined;

/** One rule about one action and its type; `region` is that of the pipeline. */
export type ActionRule = (
  action: StoredAction,
  type: CataloguedActionType,
  region: string,
) => StructureRefusal | undefined;

/** Refuses a whole declaration. */
export function invalidStructure(message: string): StructureRefusal {
  return { refuse: 'InvalidStructureException', message };
}

/** Refuses an action. */
export function invalidAction(message: string): StructureRefusal {
  return { refuse: 'InvalidActionDeclarationException', message };
}

/** Refuses a stage. */
export function invalidStage(message: string): StructureRefusal {
  return { refuse: 'InvalidStageDeclarationException', message };
}

/** Returns the first refusal among the items. */
export function firstRefusal<T>(
  items: readonly T[],
  check: (item: T) => StructureRefusal | undefined,
): StructureRefusal | undefined {
  for (const item of items) {
    const refusal = check(item);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Formats a type as in messages. */
export function typePhrase({ category, provider, owner, version }: JobTypeId): string {
  return `(Category: '${category}', Provider: '${provider}', Owner: '${owner}', Version: '${version}')`;
}

/** Says that a type is not available; messages write the Region like a constant. */
export function notAvailable(region: string): string {
  return `is not available in region '${region.toUpperCase().replaceAll('-', '_')}'`;
}

/** Returns the first text that occurs more than once. */
export function firstRepeated(texts: string[]): string | undefined {
  return texts.find((text, index) => texts.indexOf(text) !== index);
}
