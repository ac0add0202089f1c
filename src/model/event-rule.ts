import type { Scope } from './pipeline.ts';

/** The kind of due work that carries out the schedule of a rule. */
export const scheduleKind = 'schedule';

/** What the events of schedules, which only their own rule gets, have in common. */
export const scheduledEvent = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} } as const;

/** On this server a rule of the third state gets the same events as an enabled one. */
export type EventRuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** A rule of EventBridge on the default event bus, without its targets. */
export interface EventRule {
  name: string;
  description?: string;
  eventPattern?: string;
  scheduleExpression?: string;
  roleArn?: string;
  state: EventRuleState;
}

/** A rule with what is kept about its schedule. */
export interface ScheduledRule extends Scope, EventRule {
  scheduleExpression: string;
  /** Since when the schedule applies: a rate counts from here. */
  scheduledFrom: number;
  /** Until when the schedule was carried out. */
  scheduledUntil: number;
}

/** What a rule starts or notifies, in the form in which PutTargets gets and ListTargetsByRule returns it. */
export interface RuleTarget {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  DeadLetterConfig?: { Arn?: string };
}

/** A target of an enabled rule with a pattern. */
export interface PatternTarget {
  rule: string;
  targetId: string;
  eventPattern: string;
  /** When the target was added, in ms. */
  createdAt: number;
}

/** Returns `arn:aws:events:<region>:<account>:rule/<name>`, for the default event bus. */
export function ruleArn({ account, region }: Scope, name: string): string {
  return `arn:aws:events:${region}:${account}:rule/${name}`;
}
