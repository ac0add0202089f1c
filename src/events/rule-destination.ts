import { LRUCache } from 'lru-cache';
import { ServiceError } from '../contract/errors.ts';
import type { Event } from '../model/event.ts';
import { type EventRule, type PatternTarget, type RuleTarget, ruleArn, scheduledEvent } from '../model/event-rule.ts';
import type { Scope } from '../model/pipeline.ts';
import { type DeliveryContext, DeliveryFailure, type Destination } from './destination.ts';
import { compilePattern, type EventPattern } from './patterns.ts';
import { checkedStart, type RuleStart } from './start-input.ts';

/** The stored rules. */
interface StoredRules {
  find(scope: Scope, name: string): Promise<EventRule | undefined>;
  listTargets(scope: Scope, rule: string, page: { afterId: string; limit: number }): Promise<RuleTarget[]>;
  listPatternTargets(scope: Scope): Promise<PatternTarget[]>;
  hasTargets(): Promise<boolean>;
}

interface Parts {
  rules: StoredRules;
  /** Starts a pipeline of the account and Region; rejects with a ServiceError. */
  start(scope: Scope, start: RuleStart): Promise<void>;
}

/** Patterns that stay compiled. */
const keptPatterns = 1000;

/** How long events are compared with patterns before others may go on, in ms. */
const turnMs = 10;

/** Creates the destination of rules: a receiver is a target, named `<rule>/<target id>`. */
export function createRuleDestination({ rules, start }: Parts): Destination {
  const compiled = new LRUCache<string, EventPattern>({ max: keptPatterns });
  const patternOf = (text: string): EventPattern => {
    const pattern = compiled.get(text) ?? compilePattern(text);
    compiled.set(text, pattern);
    return pattern;
  };
  return {
    kind: 'rule target',
    hasSubscribers: () => rules.hasTargets(),
    async subscribersOf(events) {
      const listed = new Map<string, PatternTarget[]>();
      const names: string[][] = [];
      let turnEndsAt = performance.now() + turnMs;
      for (const event of events) {
        if (isScheduled(event)) {
          names.push(await targetsOfSchedule(rules, event));
          continue;
        }
        const targets = listed.get(keyOf(event)) ?? (await rules.listPatternTargets(event));
        listed.set(keyOf(event), targets);
        const matched: string[] = [];
        for (const { rule, targetId, eventPattern, createdAt } of targets) {
          if (isSince(event, createdAt) && patternOf(eventPattern).matches(event)) matched.push(`${rule}/${targetId}`);
          if (performance.now() > turnEndsAt) {
            await new Promise(setImmediate);
            turnEndsAt = performance.now() + turnMs;
          }
        }
        names.push(matched);
      }
      return names;
    },
    async deliver(name, event, context) {
      const [ruleName = '', targetId = ''] = name.split('/');
      const rule = await rules.find(event, ruleName);
      const target = (await rules.listTargets(event, ruleName, { afterId: '', limit: 100 })).find(
        ({ Id }) => Id === targetId,
      );
      if (!rule || !target) throw new DeliveryFailure('The rule no longer has this target.', { isFinal: true });
      if (rule.state === 'DISABLED') throw new DeliveryFailure('The rule is disabled.', { isFinal: true });
      const arn = ruleArn(event, ruleName);
      const request = checkedStart(target, event, { name: ruleName, arn });
      await start(event, { ...request, ruleArn: arn, clientRequestToken: context.deliveryId }).catch(
        (error: unknown) => {
          throw explain(error, { target, event, context });
        },
      );
    },
  };
}

function keyOf({ account, region }: Scope): string {
  return `${account}/${region}`;
}

/** Times of events have no fraction of a second, and those of other sources are what their callers say. */
function isSince({ source, time }: Event, createdAt: number): boolean {
  return !source.startsWith('aws.') || Date.parse(time) >= Math.floor(createdAt / 1000) * 1000;
}

function isScheduled(event: Event): boolean {
  return event.source === scheduledEvent.source && event['detail-type'] === scheduledEvent['detail-type'];
}

async function targetsOfSchedule(rules: StoredRules, event: Event): Promise<string[]> {
  const rule = event.resources[0]?.replace(/^.*:rule\//, '') ?? '';
  const targets = await rules.listTargets(event, rule, { afterId: '', limit: 100 });
  return targets.map(({ Id }) => `${rule}/${Id}`);
}

/** Refusals that may end, because executions end and databases come back. */
const temporary = new Set([
  'ServiceUnavailable',
  'ConcurrentPipelineExecutionsLimitExceededException',
  'ConflictException',
]);

/** Says why a start failed, and that it was the last attempt if the target asks for no more. */
function explain(
  error: unknown,
  { target, event, context }: { target: RuleTarget; event: Event; context: DeliveryContext },
): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { MaximumRetryAttempts = Number.POSITIVE_INFINITY, MaximumEventAgeInSeconds } = target.RetryPolicy ?? {};
  const expiresAt = Date.parse(event.time) + (MaximumEventAgeInSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const isFinal = !temporary.has(error.code) || context.attempts > MaximumRetryAttempts || context.at >= expiresAt;
  return new DeliveryFailure(`${error.code}: ${error.message}`, { isFinal, cause: error });
}
