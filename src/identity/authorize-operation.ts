import type { Operations } from '../contract/generated.ts';
import type { OperationName } from '../contract/model.ts';
import type { Scope } from '../model/pipeline.ts';
import type { TaggedResource } from '../model/tagged-resource.ts';
import type { AccessDecision } from './authorize.ts';
import { authorize, dependsOnResourceTags } from './authorize.ts';
import type { Caller } from './caller.ts';
import { requestContextOf, withResourceTags } from './request-context.ts';
import { resourcesOf } from './resources.ts';

/** Looks up the tags a resource has now; undefined when there is no such resource. */
export type FindTags = (resource: TaggedResource) => Promise<Readonly<Record<string, string>> | undefined>;

interface OperationCall<Name extends OperationName> {
  name: Name;
  input: Operations[Name]['input'];
  scope: Scope;
}

/**
 * Whether `caller` may call the operation with this input, already checked: every resource it touches has to be
 * allowed, each with its own tags. Tags are looked up only for callers whose policies look at them; of others it is
 * known at once.
 */
export function authorizeOperation<Name extends OperationName>(
  caller: Caller,
  call: OperationCall<Name>,
  findTags: FindTags,
): AccessDecision | Promise<AccessDecision> {
  if (caller.kind === 'root') return { isAllowed: true };
  if (dependsOnResourceTags(caller)) return authorizeWithTags(caller, call, findTags);
  const { name, input, scope } = call;
  const context = requestContextOf(name, input);
  const action = `codepipeline:${name}`;
  const touched = resourcesOf(name, input, scope);
  return together(touched.map(({ arn }) => authorize(caller, { action, resources: [arn], context })));
}

async function authorizeWithTags<Name extends OperationName>(
  caller: Caller,
  { name, input, scope }: OperationCall<Name>,
  findTags: FindTags,
): Promise<AccessDecision> {
  const context = requestContextOf(name, input);
  const decisions: AccessDecision[] = [];
  for (const { arn, tagged } of resourcesOf(name, input, scope)) {
    const tags = tagged ? await findTags(tagged) : undefined;
    decisions.push(
      authorize(caller, {
        action: `codepipeline:${name}`,
        resources: [arn],
        context: tags ? withResourceTags(context, tags) : context,
      }),
    );
  }
  return together(decisions);
}

function together(decisions: AccessDecision[]): AccessDecision {
  const denials = decisions.filter((decision) => !decision.isAllowed);
  return denials.find(({ isExplicit }) => isExplicit) ?? denials[0] ?? { isAllowed: true };
}
