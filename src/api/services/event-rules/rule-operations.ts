import { ServiceError } from '../../../contract/errors.ts';
import { CronError } from '../../../cron/cron-field.ts';
import { readSchedule } from '../../../cron/schedule.ts';
import { PatternError } from '../../../events/pattern-error.ts';
import { compilePattern } from '../../../events/patterns.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { type EventRule, type EventRuleState, ruleArn } from '../../../model/event-rule.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { asCondition, checkTags } from '../tags.ts';
import { defaultBus, everyRule, namedRule, requireDefaultBus, ruleNotFound } from './event-bus.ts';

const operation = describeOperations<'events'>('events');

const defaultPageSize = 100;

type RuleOperations = 'PutRule' | 'DescribeRule' | 'ListRules' | 'DeleteRule' | 'EnableRule' | 'DisableRule';

/** The operations on rules of the default event bus. */
export const ruleOperations: Pick<OperationsOf<'events'>, RuleOperations> = {
  PutRule: operation('PutRule', {
    note: 'complete on the default event bus; see [event-rules.md](event-rules.md) for the events that reach rules',
    resources: ({ Name }, scope) => namedRule(Name, scope),
    passedRoles: ({ RoleArn }) => ({ roles: RoleArn === undefined ? [] : [RoleArn] }),
    requestTags: ({ Tags = [] }) => tagsInRequest(Tags.map(asCondition)),
    async run(input, call, { store, now, settings: { quotas } }) {
      requireDefaultBus(input.EventBusName, call);
      const rule = readRule(input);
      const tags = checkTags(input.Tags ?? [], { quotas, what: 'rule' });
      if (!(await store.eventRules.put(call, { rule, tags, at: now(), limit: quotas.eventRules }))) {
        const message = `The requested resource exceeds the maximum number allowed: ${quotas.eventRules} rules.`;
        throw new ServiceError('LimitExceededException', message);
      }
      return { RuleArn: ruleArn(call, rule.name) };
    },
  }),
  DescribeRule: operation('DescribeRule', {
    note: 'complete',
    resources: ({ Name }, scope) => namedRule(Name, scope),
    async run({ Name, EventBusName }, call, { store }) {
      requireDefaultBus(EventBusName, call);
      const rule = await store.eventRules.find(call, Name);
      if (!rule) throw ruleNotFound(Name);
      return { ...show(rule, call), CreatedBy: call.account };
    },
  }),
  ListRules: operation('ListRules', {
    note: 'complete',
    resources: everyRule,
    async run({ NamePrefix: prefix = '', EventBusName, NextToken: token, Limit }, call, { store, sealer }) {
      requireDefaultBus(EventBusName, call);
      const belongsTo = ['ListRules', call.account, call.region, prefix];
      const afterName = readPageToken<string>(sealer, belongsTo, token, 'ValidationException') ?? '';
      const limit = Limit ?? defaultPageSize;
      const rules = await store.eventRules.list(call, { prefix, afterName, limit: limit + 1 });
      const { items, nextToken } = cutPage(rules, limit, ({ name }) => createPageToken(sealer, belongsTo, name));
      return { Rules: items.map((rule) => show(rule, call)), NextToken: nextToken };
    },
  }),
  DeleteRule: operation('DeleteRule', {
    note: 'complete; no rule is managed by another service, so `Force` changes nothing',
    resources: ({ Name }, scope) => namedRule(Name, scope),
    async run({ Name, EventBusName }, call, { store }) {
      requireDefaultBus(EventBusName, call);
      // The service deletes a rule that does not exist.
      if ((await store.eventRules.delete(call, Name)) !== 'has targets') return undefined;
      throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
    },
  }),
  EnableRule: operation('EnableRule', {
    note: 'complete',
    resources: ({ Name }, scope) => namedRule(Name, scope),
    run: (input, call, dependencies) => setState(input, 'ENABLED', call, dependencies),
  }),
  DisableRule: operation('DisableRule', {
    note: 'complete',
    resources: ({ Name }, scope) => namedRule(Name, scope),
    run: (input, call, dependencies) => setState(input, 'DISABLED', call, dependencies),
  }),
};

async function setState(
  { Name, EventBusName }: { Name: string; EventBusName?: string },
  state: EventRuleState,
  call: Call,
  { store, now }: Dependencies,
): Promise<undefined> {
  requireDefaultBus(EventBusName, call);
  if (!(await store.eventRules.setState(call, Name, { state, at: now() }))) throw ruleNotFound(Name);
  return undefined;
}

interface PutRuleInput {
  Name: string;
  Description?: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  RoleArn?: string;
  State?: EventRuleState;
}

/** Checks a rule; what a call leaves out, a stored rule loses. */
function readRule(input: PutRuleInput): EventRule {
  const { Name, Description, EventPattern, ScheduleExpression, RoleArn, State = 'ENABLED' } = input;
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    const message = 'Parameter(s) EventPattern or ScheduleExpression must be specified.';
    throw new ServiceError('ValidationException', message);
  }
  if (EventPattern !== undefined) checkPattern(EventPattern);
  if (ScheduleExpression !== undefined) checkSchedule(ScheduleExpression);
  return {
    name: Name,
    ...(Description !== undefined && { description: Description }),
    ...(EventPattern !== undefined && { eventPattern: EventPattern }),
    ...(ScheduleExpression !== undefined && { scheduleExpression: ScheduleExpression }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    state: State,
  };
}

/** Throws InvalidEventPatternException. */
export function checkPattern(pattern: string): void {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function checkSchedule(expression: string): void {
  try {
    readSchedule(expression);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    throw new ServiceError('ValidationException', `Parameter ScheduleExpression is not valid. ${error.message}`);
  }
}

function show({ name, description, eventPattern, scheduleExpression, roleArn, state }: EventRule, scope: Scope) {
  return {
    Name: name,
    Arn: ruleArn(scope, name),
    EventPattern: eventPattern,
    ScheduleExpression: scheduleExpression,
    State: state,
    Description: description,
    RoleArn: roleArn,
    EventBusName: defaultBus,
  };
}
