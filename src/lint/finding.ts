import type { PipelineDeclaration } from '../contract/generated.ts';

/** The way to a member of a declaration. */
export type MemberPath = readonly (string | number)[];

/** Something wrong with a declaration. */
export interface Finding {
  /** The rule that found it, such as `unused-artifact`. */
  rule: string;
  /** An error would be refused, or fails each execution. */
  severity: 'error' | 'warning';
  path: MemberPath;
  message: string;
  /** What to do about it. */
  fix?: string;
}

/** What rules know beside the declaration. */
export interface LintContext {
  region: string;
  /** Reports whether a value stands for one that is not known, as in a template. */
  isUnresolved(value: unknown): boolean;
  /** Reports whether a built-in type has no provider on this server. */
  lacksProvider(typeKey: string): boolean;
  /** Projects of builds by name, with a buildspec that is part of the project; absent if they are not known. */
  projects?: ReadonlyMap<string, { buildspec?: string }>;
}

/** A rule that reads a declaration of the right shape. */
export type LintRule = (declaration: PipelineDeclaration, context: LintContext) => Finding[];

type Stage = PipelineDeclaration['stages'][number];
type Action = Stage['actions'][number];

/** Returns the actions of a declaration with their paths. */
export function actionsOf({ stages }: PipelineDeclaration): { stage: Stage; action: Action; path: MemberPath }[] {
  return stages.flatMap((stage, stageIndex) =>
    stage.actions.map((action, index) => ({ stage, action, path: ['stages', stageIndex, 'actions', index] })),
  );
}
