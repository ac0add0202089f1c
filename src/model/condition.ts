import type { ConditionExecutionStatus } from '../contract/generated.ts';

/** When a stage's condition is checked: before its actions, after their success, after their failure. */
export type ConditionKind = 'beforeEntry' | 'onSuccess' | 'onFailure';

/**
 * One check of a condition in one execution; instants in ms. Its rules are the action executions that carry its id. A
 * check that `isRetried` counts no more, like the attempts it was about.
 */
export interface ConditionExecution {
  id: string;
  stageName: string;
  kind: ConditionKind;
  status: ConditionExecutionStatus;
  /** Why it ended as it did. */
  summary?: string;
  isRetried?: true;
  startedAt: number;
  updatedAt: number;
}
