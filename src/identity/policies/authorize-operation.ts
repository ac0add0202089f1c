import type { ActionTypeId, Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { TaggedResource } from '../../model/tagged-resource.ts';
import type { Caller } from '../caller.ts';
import type { AccessDecision } from './authorize.ts';
import { authorize, authorizeMissing, dependsOnResourceTags, mayEver } from './authorize.ts';
import type { RequestContext } from './evaluate-policy.ts';
import { passedRoles } from './passed-roles.ts';
import { requestContextOf, withResourceTags } from './request-context.ts';
import { actionType, resourcesOf, type TouchedResource } from './resources.ts';

/** What has to be looked up before some calls can be judged. */
export interface ResourceFacts {
  /** The tags a resource has now; undefined when there is no such resource. */
  tagsOf(resource: TaggedResource): Promise<Readonly<Record<string, string>> | undefined>;
  /** The action type of a job of the caller's account and region, or of a partner's type; else undefined. */
  typeOfJob(jobId: string): Promise<ActionTypeId | undefined>;
  /** The roles of source actions of a pipeline, as far as there are such actions. */
  rolesOfSources(pipelineName: string, actionNames: string[]): Promise<string[]>;
  /** Whether callers need `iam:PassRole` for the roles they have the service act as. */
  requiresPassRole: boolean;
}

interface OperationCall<Name extends OperationName> {
  name: Name;
  input: Operations[Name]['input'];
  scope: Scope;
  /** What conditions see of the call, whatever it is about. */
  context?: RequestContext;
}

/**
 * Decides whether `caller` may call the operation with this input, already checked: every resource it touches has to be
 * allowed, each with its own tags, and every role it passes. Facts are looked up only for callers whose policies depend
 * on them; for others the decision is known at once.
 */
export function authorizeOperation<Name extends OperationName>(
  caller: Caller,
  call: OperationCall<Name>,
  facts: ResourceFacts,
): AccessDecision | Promise<AccessDecision> {
  if (caller.kind === 'root') return { isAllowed: true };
  const { name, input, scope } = call;
  const action = `codepipeline:${name}`;
  const touched = resourcesOf(name, input, scope);
  const dependsOnJob = touched.some(({ jobId }) => jobId !== undefined) && mayEver(caller, action);
  const passed = facts.requiresPassRole ? passedRoles(name, input) : undefined;
  const context = { ...call.context, ...requestContextOf(name, input) };
  if (!dependsOnJob && !passed && !dependsOnResourceTags(caller)) {
    return together(touched.map(({ arn }) => authorize(caller, { action, resources: [arn], context })));
  }
  return authorizeWithFacts(caller, { action, context, touched, passed, scope }, facts);
}

interface Judged {
  action: string;
  context: RequestContext;
  touched: TouchedResource[];
  passed: ReturnType<typeof passedRoles>;
  scope: Scope;
}

async function authorizeWithFacts(
  caller: Caller,
  { action, context, touched, passed, scope }: Judged,
  facts: ResourceFacts,
): Promise<AccessDecision> {
  const decisions: AccessDecision[] = [];
  for (const resource of touched) {
    const { arn, tagged, jobId } = await withoutJob(resource, scope, facts);
    if (jobId !== undefined) {
      decisions.push(authorizeMissing(caller, { action, context }));
      continue;
    }
    const tags = tagged && dependsOnResourceTags(caller) ? await facts.tagsOf(tagged) : undefined;
    const decision = authorize(caller, {
      action,
      resources: [arn],
      context: tags ? withResourceTags(context, tags) : context,
    });
    decisions.push(decision);
  }
  const decision = together(decisions);
  // What the pipeline's roles are is not looked up for those who may not make the call.
  if (!decision.isAllowed || !passed) return decision;
  const roles = 'roles' in passed ? passed.roles : await rolesOfSources(passed, facts);
  return together(roles.map((role) => authorizePassing(caller, role, context)));
}

async function withoutJob(resource: TouchedResource, scope: Scope, facts: ResourceFacts): Promise<TouchedResource> {
  if (resource.jobId === undefined) return resource;
  const id = await facts.typeOfJob(resource.jobId);
  return id ? actionType(id, scope) : resource;
}

async function rolesOfSources(
  { pipelineName, actionNames }: { pipelineName: string; actionNames: string[] },
  facts: ResourceFacts,
): Promise<string[]> {
  return actionNames.length === 0 ? [] : facts.rolesOfSources(pipelineName, actionNames);
}

function authorizePassing(caller: Caller, role: string, context: RequestContext): AccessDecision {
  const passing = { ...context, 'iam:PassedToService': 'codepipeline.amazonaws.com' };
  return authorize(caller, { action: 'iam:PassRole', resources: [role], context: passing });
}

function together(decisions: AccessDecision[]): AccessDecision {
  const denials = decisions.filter((decision) => !decision.isAllowed);
  return denials.find(({ isExplicit }) => isExplicit) ?? denials[0] ?? { isAllowed: true };
}
