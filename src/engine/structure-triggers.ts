import type { GitPullRequestFilter, GitPushFilter } from '../contract/generated.ts';
import { firstRepeated, invalidStructure, type StructureRefusal, type StructureRule } from './structure-rule.ts';

/** The most bytes of JSON that all triggers of a pipeline together may take (behaviour B.3). */
const maxTriggersBytes = 200 * 1024;

/** Rules about triggers (behaviour B.3); the first text is known (operations §4), the others are ours. */
export const triggerRules: StructureRule[] = [
  ({ declaration: { triggers, stages } }) => {
    const connections = new Set(
      stages.flatMap(({ actions }) =>
        actions.flatMap(({ name, actionTypeId }) => (actionTypeId.provider === 'CodeStarSourceConnection' ? name : [])),
      ),
    );
    const named = (triggers ?? []).map(({ gitConfiguration }) => gitConfiguration.sourceActionName);
    return named.some((name, index) => !connections.has(name) || named.indexOf(name) !== index)
      ? invalidStructure(
          "Triggers for connections must reference a CodeStarSourceConnection action. Note that when you specify a trigger, you can't specify more than one trigger per source action.",
        )
      : undefined;
  },
  ({ declaration: { triggers = [] } }) =>
    new TextEncoder().encode(JSON.stringify(triggers)).length > maxTriggersBytes
      ? invalidStructure(`The triggers of a pipeline cannot have more than ${maxTriggersBytes / 1024} KB`)
      : undefined,
  ({ declaration: { triggers = [] } }) => {
    for (const { gitConfiguration } of triggers) {
      const { sourceActionName, push = [], pullRequest = [] } = gitConfiguration;
      const refusal = push.some(isBadPush)
        ? badFilter('push', 'either tags, or branches, or branches with filePaths', sourceActionName)
        : checkPullRequests(pullRequest, sourceActionName);
      if (refusal) return refusal;
    }
    return undefined;
  },
];

function checkPullRequests(filters: GitPullRequestFilter[], source: string): StructureRefusal | undefined {
  if (filters.some(({ branches }) => !branches)) {
    return badFilter('pullRequest', 'either branches, or branches with filePaths', source);
  }
  const twice = filters.map(({ events }) => firstRepeated(events ?? [])).find((event) => event !== undefined);
  return twice === undefined
    ? undefined
    : invalidStructure(`The trigger of '${source}' has a pullRequest filter with the event ${twice} more than once`);
}

/** Tags stand alone, and file paths are looked for on branches. */
function isBadPush({ tags, branches, filePaths }: GitPushFilter): boolean {
  return tags ? (branches ?? filePaths) !== undefined : !branches;
}

function badFilter(kind: 'push' | 'pullRequest', choice: string, source: string): StructureRefusal {
  return invalidStructure(`The trigger of '${source}' has a ${kind} filter that does not have ${choice}`);
}
