import type { OperationsOf } from '../operation.ts';
import { eventOperations } from './put-events.ts';
import { ruleOperations } from './rule-operations.ts';
import { ruleTagOperations } from './rule-tags.ts';
import { targetOperations } from './target-operations.ts';

const { DeleteRule, DescribeRule, DisableRule, EnableRule, ListRules, PutRule } = ruleOperations;
const { ListRuleNamesByTarget, ListTargetsByRule, PutTargets, RemoveTargets } = targetOperations;
const { ListTagsForResource, TagResource, UntagResource } = ruleTagOperations;
const { PutEvents, TestEventPattern } = eventOperations;

/** The operations of EventBridge that are served, in the order of its model. */
export const eventBridgeOperations: OperationsOf<'events'> = {
  DeleteRule,
  DescribeRule,
  DisableRule,
  EnableRule,
  ListRuleNamesByTarget,
  ListRules,
  ListTagsForResource,
  ListTargetsByRule,
  PutEvents,
  PutRule,
  PutTargets,
  RemoveTargets,
  TagResource,
  TestEventPattern,
  UntagResource,
};
