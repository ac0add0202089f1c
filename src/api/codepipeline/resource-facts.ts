import type { ActionTypeId } from '../../contract/generated.ts';
import type { ResourceFacts } from '../../identity/policies/authorize-operation.ts';
import type { Scope } from '../../model/pipeline.ts';
import { projectTags, readProject } from '../../projects/project.ts';
import type { Dependencies } from '../dependencies.ts';
import { actionTypeResource } from './resources.ts';

/** Looks up facts that policies may depend on, for calls of one account and region. */
export function resourceFacts(
  { store, settings }: Pick<Dependencies, 'store' | 'settings'>,
  scope: Scope,
): ResourceFacts {
  return {
    async tagsOf(resource) {
      if (resource.kind !== 'project') return store.tags.find(scope, resource);
      const project = await store.resources.find(scope, 'Project', resource.name);
      return project && projectTags(readProject(project, scope));
    },
    async resourceOfJob(jobId) {
      const job = await store.jobs.facts(jobId);
      if (!job || job.region !== scope.region) return undefined;
      const { actionTypeId, account } = job;
      // A partner's jobs belong to the accounts that use its type.
      const isKnown = actionTypeId.owner === 'ThirdParty' || account === scope.account;
      return isKnown ? actionTypeResource(actionTypeId as ActionTypeId, scope) : undefined;
    },
    async rolesOfSources(pipelineName, actionNames) {
      const pipeline = await store.pipelines.find(scope, pipelineName);
      const declaration = pipeline && (await store.pipelines.declaration(pipeline.id, pipeline.version));
      const sources = (declaration?.stages ?? []).flatMap(({ actions }) => actions);
      return sources
        .filter(({ name, actionTypeId }) => actionNames.includes(name) && actionTypeId.owner !== 'Custom')
        .map(({ roleArn }) => roleArn ?? declaration?.roleArn ?? '');
    },
    requiresPassRole: settings.assumableRoles !== undefined,
  };
}
