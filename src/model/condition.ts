import type { ConditionExecutionStatus } from '../contract/generated.ts';

/** When a stage's condition is checked: before its actions, after they succeeded, or after one failed. */
export type ConditionKind = 'beforeEntry' | 'onSuccess' | 'onFailure';

/**
 * One check of a condition in one execution; instants in ms. Its rules are the action executions with its id. A check
 * that `isRetried` is ignored, like the attempts it was about.
 */
export interface ConditionExecution {
  id: string;
  stageName: string;
  kind: ConditionKind;
  status: ConditionExecutionStatus;
  /** Why it failed or was overridden. */
  summary?: string;
  isRetried?: true;
  startedAt: number;
  updatedAt: number;
}
