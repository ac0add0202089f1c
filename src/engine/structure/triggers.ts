import type { GitConfiguration, GitPullRequestFilter, GitPushFilter } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import { globMistake } from './glob-mistake.ts';
import { firstRepeated, invalidStructure, type StructureRefusal, type StructureRule } from './structure-rule.ts';

/** The most bytes of JSON that all triggers of a pipeline together may take (behaviour B.3). */
const maxTriggersBytes = 200 * 1024;

/** Rules about triggers (behaviour B.3); the texts about sources and combinations are known, the others are ours. */
export const triggerRules: StructureRule[] = [
  ({ declaration: { triggers, stages }, actionTypes }) => {
    const connecting = actionTypes.filter(({ attributes }) => attributes?.needsConnection);
    const typeKeys = new Set(connecting.map(({ definition }) => actionTypeKey(definition.id)));
    const sources = stages.flatMap(({ actions }) => actions);
    const connections = new Set(
      sources.filter(({ actionTypeId }) => typeKeys.has(actionTypeKey(actionTypeId))).map(({ name }) => name),
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
  ({ declaration: { triggers = [] } }) =>
    triggers.some(({ gitConfiguration: { push = [], pullRequest = [] } }) =>
      [...push.map(isAllowedPush), ...pullRequest.map(isAllowedPullRequest)].includes(false),
    )
      ? invalidStructure(
          'The trigger configuration for the source action is not valid. Make sure to choose valid filter combinations.',
        )
      : undefined,
  ({ declaration: { triggers = [] } }) => {
    for (const { gitConfiguration } of triggers) {
      const refusal = checkEvents(gitConfiguration) ?? checkPatterns(gitConfiguration);
      if (refusal) return refusal;
    }
    return undefined;
  },
];

/** Tags stand alone, and file paths are looked for on branches. */
function isAllowedPush({ tags, branches, filePaths }: GitPushFilter): boolean {
  return tags ? (branches ?? filePaths) === undefined : branches !== undefined;
}

function isAllowedPullRequest({ branches }: GitPullRequestFilter): boolean {
  return branches !== undefined;
}

function checkEvents({ sourceActionName, pullRequest = [] }: GitConfiguration): StructureRefusal | undefined {
  const twice = pullRequest.map(({ events }) => firstRepeated(events ?? [])).find((event) => event !== undefined);
  return twice === undefined
    ? undefined
    : invalidStructure(
        `The trigger of '${sourceActionName}' has a pullRequest filter with the event ${twice} more than once`,
      );
}

function checkPatterns({ sourceActionName, push = [], pullRequest = [] }: GitConfiguration) {
  const criteria = [...push.flatMap(({ tags }) => tags ?? []), ...[...push, ...pullRequest].flatMap(criteriaOf)];
  for (const pattern of criteria.flatMap(({ includes = [], excludes = [] }) => [...includes, ...excludes])) {
    const mistake = globMistake(pattern);
    if (mistake !== undefined) {
      return invalidStructure(
        `The trigger of '${sourceActionName}' has the pattern '${pattern}', which is not a valid glob pattern: ${mistake}.`,
      );
    }
  }
  return undefined;
}

function criteriaOf({ branches, filePaths }: GitPullRequestFilter | GitPushFilter) {
  return [branches, filePaths].flatMap((criteria) => criteria ?? []);
}
