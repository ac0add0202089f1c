import type { ConditionKind } from '../../model/condition.ts';
import { beforeEntry } from './before-entry.ts';
import { onFailure } from './on-failure.ts';
import { onSuccess } from './on-success.ts';
import type { StageCondition } from './stage-condition.ts';

/** Every kind of stage condition; the one place where a new one is registered. */
export const stageConditions: Record<ConditionKind, StageCondition> = { beforeEntry, onSuccess, onFailure };
