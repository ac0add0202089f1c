import type { TaggedResource } from '../../model/arn.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Caller } from '../caller.ts';
import { type AccessDecision, authorize, authorizeMissing, dependsOnResourceTags, mayEver } from './authorize.ts';
import { type RequestContext, withResourceTags } from './evaluate-policy.ts';

/** A resource that a call affects: its ARN in policies, and the resource whose tags are `aws:ResourceTag` for it. */
export interface TouchedResource {
  arn: string;
  tagged?: TaggedResource;
  /** A job, which is judged as its action type; `arn` is used if the caller has no such job. */
  jobId?: string;
}

/** The roles a call passes to a service, by default CodePipeline: those it names, or those of the source actions whose revision it chooses. */
type PassedRoles = { roles: string[]; service?: string } | { pipelineName: string; actionNames: string[] };

/** What authorization needs to know about an operation. Every function takes the operation's checked input. */
export interface AccessRules<Input> {
  /** The action that policies allow, such as `codepipeline:PollForJobs`. */
  action: string;
  /** The resources of a call, at least one. All of them must be allowed. */
  resources(input: Input, scope: Scope): TouchedResource[];
  /** The roles that a call passes to the service; absent if it passes none. */
  passedRoles?(input: Input): PassedRoles;
  /** `aws:RequestTag/<key>` and `aws:TagKeys` of a call; absent if a request has no tags. */
  requestTags?(input: Input): RequestContext;
}

/** Facts that must be looked up before some calls can be judged. */
export interface ResourceFacts {
  /** The current tags of a resource; undefined if there is no such resource. */
  tagsOf(resource: TaggedResource): Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * The action type of a job that belongs to the account and region or to a partner's type; undefined for any other.
   */
  resourceOfJob(jobId: string): Promise<TouchedResource | undefined>;
  /** The roles of those source actions of a pipeline that exist. */
  rolesOfSources(pipelineName: string, actionNames: string[]): Promise<string[]>;
  /** Whether callers need `iam:PassRole` for the roles that a call passes. */
  requiresPassRole: boolean;
}

interface OperationCall<Input> {
  operation: AccessRules<Input>;
  input: Input;
  scope: Scope;
  /** The condition keys that every call has. */
  context?: RequestContext;
}

/**
 * Decides whether `caller` may call the operation with this checked input: each resource must be allowed, with its own
 * tags, and each role it passes. The decision is synchronous unless the caller's policies depend on facts that must be
 * looked up.
 */
export function authorizeOperation<Input>(
  caller: Caller,
  { operation, input, scope, context: callContext }: OperationCall<Input>,
  facts: ResourceFacts,
): AccessDecision | Promise<AccessDecision> {
  if (caller.kind === 'root') return { isAllowed: true };
  const { action } = operation;
  const touched = operation.resources(input, scope);
  const dependsOnJob = touched.some(({ jobId }) => jobId !== undefined) && mayEver(caller, action);
  const passed = facts.requiresPassRole ? operation.passedRoles?.(input) : undefined;
  const context = { ...callContext, ...operation.requestTags?.(input) };
  if (!dependsOnJob && !passed && !dependsOnResourceTags(caller)) {
    return together(touched.map(({ arn }) => authorize(caller, { action, resources: [arn], context })));
  }
  return authorizeWithFacts(caller, { action, context, touched, passed }, facts);
}

interface Judged {
  action: string;
  context: RequestContext;
  touched: TouchedResource[];
  passed: PassedRoles | undefined;
}

async function authorizeWithFacts(
  caller: Caller,
  { action, context, touched, passed }: Judged,
  facts: ResourceFacts,
): Promise<AccessDecision> {
  const decisions: AccessDecision[] = [];
  for (const resource of touched) {
    const { arn, tagged, jobId } = await withoutJob(resource, facts);
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
  // The pipeline's roles are looked up only for callers who may make the call.
  if (!decision.isAllowed || !passed) return decision;
  const roles = 'roles' in passed ? passed.roles : await rolesOfSources(passed, facts);
  const service = ('roles' in passed ? passed.service : undefined) ?? 'codepipeline.amazonaws.com';
  return together(roles.map((role) => authorizePassing(caller, role, { ...context, 'iam:PassedToService': service })));
}

async function withoutJob(resource: TouchedResource, facts: ResourceFacts): Promise<TouchedResource> {
  return (resource.jobId !== undefined && (await facts.resourceOfJob(resource.jobId))) || resource;
}

async function rolesOfSources(
  { pipelineName, actionNames }: { pipelineName: string; actionNames: string[] },
  facts: ResourceFacts,
): Promise<string[]> {
  return actionNames.length === 0 ? [] : facts.rolesOfSources(pipelineName, actionNames);
}

function authorizePassing(caller: Caller, role: string, context: RequestContext): AccessDecision {
  return authorize(caller, { action: 'iam:PassRole', resources: [role], context });
}

function together(decisions: AccessDecision[]): AccessDecision {
  const denials = decisions.filter((decision) => !decision.isAllowed);
  return denials.find(({ isExplicit }) => isExplicit) ?? denials[0] ?? { isAllowed: true };
}
