import { ServiceError } from '../../../contract/errors.ts';
import type { EventBridge } from '../../../contract/generated.ts';
import { pipelineOfArn } from '../../../events/start-input.ts';
import { mistakeInInput } from '../../../events/target-input.ts';
import type { RuleTarget } from '../../../model/event-rule.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { everyRule, namedRule, requireDefaultBus, ruleNotFound } from './event-bus.ts';

const operation = describeOperations<'events'>('events');

const defaultPageSize = 100;

type TargetOperations = 'PutTargets' | 'RemoveTargets' | 'ListTargetsByRule' | 'ListRuleNamesByTarget';

/** The operations on the targets of rules. */
export const targetOperations: Pick<OperationsOf<'events'>, TargetOperations> = {
  PutTargets: operation('PutTargets', {
    note: 'targets are pipelines of the same account and Region; see [event-rules.md](event-rules.md)',
    resources: ({ Rule }, scope) => namedRule(Rule, scope),
    passedRoles: ({ Targets }) => ({ roles: Targets.flatMap(({ RoleArn }) => RoleArn ?? []) }),
    async run({ Rule, EventBusName, Targets }, call, { store, now, settings: { quotas, assumableRoles } }) {
      requireDefaultBus(EventBusName, call);
      for (const target of Targets) checkTarget(target, call, assumableRoles);
      // Members that have another form than `RuleTarget` are refused above.
      const targets = Targets as RuleTarget[];
      const outcome = await store.eventRules.putTargets(call, Rule, {
        targets,
        limit: quotas.targetsPerRule,
        at: now(),
      });
      if (outcome === 'no rule') throw ruleNotFound(Rule);
      if (outcome === 'full') {
        const message = `The requested resource exceeds the maximum number allowed: ${quotas.targetsPerRule} targets.`;
        throw new ServiceError('LimitExceededException', message);
      }
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  }),
  RemoveTargets: operation('RemoveTargets', {
    note: 'complete',
    resources: ({ Rule }, scope) => namedRule(Rule, scope),
    async run({ Rule, EventBusName, Ids }, call, { store }) {
      requireDefaultBus(EventBusName, call);
      const missing = await store.eventRules.removeTargets(call, Rule, Ids);
      if (!missing) throw ruleNotFound(Rule);
      const FailedEntries = missing.map((TargetId) => ({
        TargetId,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Rule ${Rule} has no target ${TargetId}.`,
      }));
      return { FailedEntryCount: FailedEntries.length, FailedEntries };
    },
  }),
  ListTargetsByRule: operation('ListTargetsByRule', {
    note: 'complete',
    resources: ({ Rule }, scope) => namedRule(Rule, scope),
    async run({ Rule, EventBusName, NextToken: token, Limit }, call, { store, sealer }) {
      requireDefaultBus(EventBusName, call);
      const belongsTo = ['ListTargetsByRule', call.account, call.region, Rule];
      const afterId = readPageToken<string>(sealer, belongsTo, token, 'ValidationException') ?? '';
      if (!(await store.eventRules.find(call, Rule))) throw ruleNotFound(Rule);
      const limit = Limit ?? defaultPageSize;
      const targets = await store.eventRules.listTargets(call, Rule, { afterId, limit: limit + 1 });
      const { items, nextToken } = cutPage(targets, limit, ({ Id }) => createPageToken(sealer, belongsTo, Id));
      return { Targets: items, NextToken: nextToken };
    },
  }),
  ListRuleNamesByTarget: operation('ListRuleNamesByTarget', {
    note: 'complete',
    resources: everyRule,
    async run({ TargetArn, EventBusName, NextToken: token, Limit }, call, { store, sealer }) {
      requireDefaultBus(EventBusName, call);
      const belongsTo = ['ListRuleNamesByTarget', call.account, call.region, TargetArn];
      const afterName = readPageToken<string>(sealer, belongsTo, token, 'ValidationException') ?? '';
      const limit = Limit ?? defaultPageSize;
      const names = await store.eventRules.rulesOfTarget(call, TargetArn, { afterName, limit: limit + 1 });
      const { items, nextToken } = cutPage(names, limit, (name) => createPageToken(sealer, belongsTo, name));
      return { RuleNames: items, NextToken: nextToken };
    },
  }),
};

/** Members of a target that have a meaning for a pipeline. */
const pipelineMembers = new Set(['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy']);

/** Throws ValidationException for a target that this server cannot deliver to as it is described. */
function checkTarget(
  target: EventBridge.Target,
  { account, region }: Scope,
  assumableRoles?: ReadonlySet<string>,
): void {
  const mistake = mistakeInTarget(target, { account, region }) ?? mistakeInInput(target);
  if (mistake !== undefined) throw new ServiceError('ValidationException', mistake);
  const { RoleArn } = target;
  if (RoleArn === undefined || !assumableRoles || assumableRoles.has(RoleArn)) return;
  const message = `Provided role '${RoleArn}' cannot be assumed by principal 'events.amazonaws.com'.`;
  throw new ServiceError('ValidationException', message);
}

function mistakeInTarget(target: EventBridge.Target, scope: Scope): string | undefined {
  const { Id, Arn, RoleArn } = target;
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/s.test(Arn)) {
    return `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`;
  }
  const pipeline = pipelineOfArn(Arn);
  if (!pipeline) {
    return `Target ${Id} is not a pipeline: '${Arn}'. Millrace starts pipelines; declare an EventTarget to send events elsewhere.`;
  }
  if (pipeline.account !== scope.account || pipeline.region !== scope.region) {
    return `The pipeline of target ${Id} must be in the account and the Region of its rule, and '${Arn}' is not.`;
  }
  if (RoleArn === undefined) return `RoleArn is required for target ${Arn}.`;
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(RoleArn)) {
    return `Parameter RoleArn is not valid for target ${Id}. Reason: '${RoleArn}' is not the ARN of a role.`;
  }
  if (target.DeadLetterConfig?.Arn !== undefined) {
    return `DeadLetterConfig of target ${Id} is not supported: deliveries that failed are listed and repeated by 'millrace events'.`;
  }
  const other = Object.keys(target).find((name) => !pipelineMembers.has(name) && name !== 'DeadLetterConfig');
  return other && `${other} cannot be specified for target ${Id}: it is a pipeline.`;
}
