import type { ActionType, ActionTypeId, RuleType, RuleTypeId, SourceRevisionType } from '../contract/generated.ts';

/** What rules need to know about a built-in type beyond its definition. Custom and registered types have none of it. */
export interface ActionTypeAttributes {
  /** Only V2 pipelines may use the type (behaviour B.4). */
  needsV2?: true;
  /** Its actions must declare commands, and may declare output variables and files (behaviour B.1, D.2). */
  readsCommands?: true;
  /** Its actions may declare environment variables (behaviour B.1, D.4). */
  readsEnvironment?: true;
  /** Its actions clone through a connection, so Git triggers may refer to them (behaviour B.3). */
  needsConnection?: true;
  /** Its actions look for changes unless `PollForSourceChanges` is set and not `true` (behaviour C.11). */
  polls?: true;
  /** Only GetPipelineState shows when its revisions were created. */
  hidesRevisionTime?: true;
  /** The kinds of source revision overrides its actions accept (behaviour C.10). */
  overrides?: Partial<Record<SourceRevisionType, RevisionOverride>>;
}

/** An override replaces the revision, or a configuration property if another property is `true`. */
export type RevisionOverride = 'revision' | { property: string; allowedBy: string };

/** An action type: the API's definition and the time-out of its actions. */
export interface CataloguedActionType {
  definition: ActionType;
  timeoutMs: number;
  attributes?: ActionTypeAttributes;
  /** Set if the time-out is that of each job, so that a continuation starts it again (behaviour A.8). */
  isTimedByJob?: true;
  /** Set for built-in types that this server has no provider for; their actions fail when they start. */
  lacksProvider?: true;
}

/** A rule type: the API's definition and the time-out of its rules. */
export interface CataloguedRuleType {
  definition: RuleType;
  timeoutMs: number;
  /** Set if this server has no provider for it; its rules fail when they start. */
  lacksProvider?: true;
}

/** A built-in rule type with what the structure rules need to know about it; the store does not keep that. */
export interface BuiltInRuleType extends CataloguedRuleType {
  /** Its rules must declare commands (behaviour C.8). */
  readsCommands?: true;
  /** Its rules can skip a stage (behaviour B.3). */
  canSkip?: true;
}

/** The type of a job: that of an action or of a rule. */
export type JobTypeId = ActionTypeId | Required<RuleTypeId>;

/** Returns the id of a rule type with the defaults of its optional members. */
export function ruleTypeId({ provider, owner = 'AWS', version = '1' }: RuleTypeId): Required<RuleTypeId> {
  return { category: 'Rule', owner, provider, version };
}

/** Returns `Category/Owner/Provider/Version`, the key of a type within its account and region. */
export function actionTypeKey(id: JobTypeId): string {
  return `${id.category}/${id.owner}/${id.provider}/${id.version}`;
}

/** Formats an action type as in AWS's messages (operations 2). */
export function actionTypePhrase(id: ActionTypeId): string {
  return `ActionType (Category: '${id.category}', Owner: '${id.owner}', Provider: '${id.provider}', Version: '${id.version}')`;
}

/** Reports whether actions of the type wait for an answer, without a job (behaviour C.14). */
export function isManualApproval({ category, owner }: JobTypeId): boolean {
  return category === 'Approval' && owner === 'AWS';
}

/** Returns the queryable property of a type, if it has one (behaviour A.11). */
export function queryableProperty(type: ActionType): string | undefined {
  return type.actionConfigurationProperties?.find((property) => property.queryable)?.name;
}

/** Returns the names of secret properties. */
export function secretProperties(type: ActionType): Set<string> {
  return new Set(type.actionConfigurationProperties?.filter((property) => property.secret).map(({ name }) => name));
}
