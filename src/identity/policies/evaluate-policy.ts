import type { Tag } from '../../contract/generated.ts';
import { GlobText } from './glob.ts';
import type { Patterns, Policy } from './policy.ts';
import { type ConditionContext, isMet } from './policy-condition.ts';

/** Condition keys, which are case-insensitive, and their values. A key without values counts as absent. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** Returns `aws:RequestTag/<key>` and `aws:TagKeys` for a call with these tags. */
export function tagsInRequest(tags: Tag[] = []): RequestContext {
  const given = tags.map(({ key, value }) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(given), 'aws:TagKeys': tags.map(({ key }) => key) };
}

/** Adds the resource's current tags to `context` as `aws:ResourceTag/<key>`. */
export function withResourceTags(context: RequestContext, tags: Readonly<Record<string, string>>): RequestContext {
  const found = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value] as const);
  return { ...context, ...Object.fromEntries(found) };
}

/** An action, such as `codepipeline:GetPipeline`, and the ARNs (or `*`) it affects. */
export interface AccessRequest {
  action: string;
  resources: readonly string[];
  context?: RequestContext;
}

/** An action that is judged for one resource after another. */
export type JudgedAction = Omit<AccessRequest, 'resources'>;

/** The result of evaluating policies. */
export type Verdict = 'allowed' | 'explicitDeny' | 'implicitDeny';

/**
 * Evaluates `policies` together: any matching Deny denies, otherwise every resource needs a matching Allow. A request
 * without resources counts as one for `*`.
 */
export function evaluate(policies: readonly Policy[], { action, resources, context = {} }: AccessRequest): Verdict {
  const judge = judgeResources(policies, { action, context });
  const verdicts = (resources.length === 0 ? ['*'] : resources).map(judge);
  if (verdicts.includes('explicitDeny')) return 'explicitDeny';
  return verdicts.every((verdict) => verdict === 'allowed') ? 'allowed' : 'implicitDeny';
}

/** Prepares the evaluation of one action on many resources: actions and conditions are matched only once. */
export function judgeResources(
  policies: readonly Policy[],
  { action, context = {} }: JudgedAction,
): (resource: string) => Verdict {
  const name = [new GlobText(action.toLowerCase())];
  const known = toConditionContext(context);
  const applicable = policies
    .flatMap(({ statements }) => statements)
    .filter(
      ({ actions, conditions }) => isAmong(actions, name) && conditions.every((condition) => isMet(condition, known)),
    );
  const denied = applicable.filter(({ effect }) => effect === 'Deny').map(({ resources }) => resources);
  const allowed = applicable.filter(({ effect }) => effect === 'Allow').map(({ resources }) => resources);
  return (resource) => {
    const spellings = spellingsOf(resource).map((spelling) => new GlobText(spelling));
    if (denied.some((among) => isAmong(among, spellings))) return 'explicitDeny';
    return allowed.some((among) => isAmong(among, spellings)) ? 'allowed' : 'implicitDeny';
  };
}

/** Reports whether any statement allows the action on any resource. */
export function allowsSomewhere(policies: readonly Policy[], action: string): boolean {
  const name = [new GlobText(action.toLowerCase())];
  return policies.some(({ statements }) =>
    statements.some(({ effect, actions }) => effect === 'Allow' && isAmong(actions, name)),
  );
}

function isAmong({ patterns, isExcluding }: Patterns, spellings: GlobText[]): boolean {
  return patterns.some(({ glob }) => spellings.some((text) => glob.matches(text))) !== isExcluding;
}

const actionTypeText = /^(arn:[^:]*:codepipeline:[^:]*:[^:]*:)action[tT]ype:(.*)$/s;

/** AWS writes the ARN of an action type in two ways; a policy that knows one of them speaks of the other as well. */
function spellingsOf(arn: string): string[] {
  const [, start, rest] = actionTypeText.exec(arn) ?? [];
  return start === undefined ? [arn] : [`${start}actiontype:${rest}`, `${start}actionType:${rest}`];
}

function toConditionContext(context: RequestContext): ConditionContext {
  const known = new Map<string, string[]>();
  for (const [key, value] of Object.entries(context)) {
    const values = typeof value === 'string' ? [value] : [...value];
    if (values.length === 0) continue;
    const name = key.toLowerCase();
    // Condition keys are case-insensitive: two tags whose keys differ only in case are one key with two values.
    known.set(name, [...(known.get(name) ?? []), ...values]);
  }
  return known;
}
