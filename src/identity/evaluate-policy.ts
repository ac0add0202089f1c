import { matchesGlob } from './glob.ts';
import type { Patterns, Policy } from './policy.ts';
import type { ConditionContext } from './policy-condition.ts';
import { isMet } from './policy-condition.ts';

/** Condition keys and their values; the names have no case. A key with no value counts as absent. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** What somebody wants to do: an action, such as `codepipeline:GetPipeline`, and the ARNs (or `*`) it touches. */
export interface AccessRequest {
  action: string;
  resources: readonly string[];
  context?: RequestContext;
}

/** What policies say of a request. Silence is a denial as well. */
export type Verdict = 'allowed' | 'explicitDeny' | 'implicitDeny';

/**
 * What `policies` together say: one matching Deny denies, else every resource needs a matching Allow. A request
 * without resources is one for `*`.
 */
export function evaluate(policies: readonly Policy[], { action, resources, context = {} }: AccessRequest): Verdict {
  const statements = policies.flatMap((policy) => policy.statements);
  const name = action.toLowerCase();
  const known = toConditionContext(context);
  const speaking = statements.filter(
    ({ actions, conditions }) => isAmong(actions, [name]) && conditions.every((condition) => isMet(condition, known)),
  );
  const touched = (resources.length === 0 ? ['*'] : resources).map(spellingsOf);
  const says = (wanted: 'Allow' | 'Deny', spellings: string[]) =>
    speaking.some(({ effect, resources: among }) => effect === wanted && isAmong(among, spellings));
  if (touched.some((spellings) => says('Deny', spellings))) return 'explicitDeny';
  return touched.every((spellings) => says('Allow', spellings)) ? 'allowed' : 'implicitDeny';
}

/** Whether some statement allows the action on any resource at all. */
export function allowsSomewhere(policies: readonly Policy[], action: string): boolean {
  const name = action.toLowerCase();
  return policies.some(({ statements }) =>
    statements.some(({ effect, actions }) => effect === 'Allow' && isAmong(actions, [name])),
  );
}

function isAmong({ patterns, isExcluding }: Patterns, spellings: string[]): boolean {
  return patterns.some((pattern) => spellings.some((text) => matchesGlob(pattern, text))) !== isExcluding;
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
    // Tag keys have case, condition keys have none: two tags that differ by case alone are one key with two values.
    known.set(name, [...(known.get(name) ?? []), ...values]);
  }
  return known;
}
