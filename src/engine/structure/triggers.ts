import type { GitConfiguration, GitPullRequestFilter, GitPushFilter } from '../../contract/generated.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import { globMistake } from './glob-mistake.ts';
import { firstRefusal, firstRepeated, invalidStructure, type StructureRule } from './structure-rule.ts';

const refersToConnections: StructureRule = ({ declaration: { triggers = [], stages }, actionTypes }) => {
  const connecting = actionTypes.filter(({ attributes }) => attributes?.needsConnection);
  const typeKeys = new Set(connecting.map(({ definition }) => actionTypeKey(definition.id)));
  const connections = stages
    .flatMap(({ actions }) => actions)
    .filter(({ actionTypeId }) => typeKeys.has(actionTypeKey(actionTypeId)));
  const known = new Set(connections.map(({ name }) => name));
  const named = triggers.map(({ gitConfiguration }) => gitConfiguration.sourceActionName);
  return named.some((name, index) => !known.has(name) || named.indexOf(name) !== index)
    ? invalidStructure(
        "Triggers for connections must reference a CodeStarSourceConnection action. Note that when you specify a trigger, you can't specify more than one trigger per source action.",
      )
    : undefined;
};

/** The most bytes of JSON that the triggers of a pipeline may take (behaviour B.3). */
const maxTriggersBytes = 200 * 1024;

const keepsTriggerSize: StructureRule = ({ declaration: { triggers = [] } }) =>
  new TextEncoder().encode(JSON.stringify(triggers)).length > maxTriggersBytes
    ? invalidStructure(`The triggers of a pipeline cannot have more than ${maxTriggersBytes / 1024} KB`)
    : undefined;

const combinesFilters: StructureRule = ({ declaration: { triggers = [] } }) =>
  triggers.some(({ gitConfiguration: { push = [], pullRequest = [] } }) =>
    [...push.map(isAllowedPush), ...pullRequest.map(isAllowedPullRequest)].includes(false),
  )
    ? invalidStructure(
        'The trigger configuration for the source action is not valid. Make sure to choose valid filter combinations.',
      )
    : undefined;

/** Tags cannot be combined, and file paths need branches. */
function isAllowedPush({ tags, branches, filePaths }: GitPushFilter): boolean {
  return tags ? (branches ?? filePaths) === undefined : branches !== undefined;
}

function isAllowedPullRequest({ branches }: GitPullRequestFilter): boolean {
  return branches !== undefined;
}

const hasValidFilters: StructureRule = ({ declaration: { triggers = [] } }) =>
  firstRefusal(triggers, ({ gitConfiguration }) => checkEvents(gitConfiguration) ?? checkPatterns(gitConfiguration));

function checkEvents({ sourceActionName, pullRequest = [] }: GitConfiguration) {
  return firstRefusal(pullRequest, ({ events = [] }) => {
    const repeated = firstRepeated(events);
    if (repeated === undefined) return undefined;
    return invalidStructure(
      `The trigger of '${sourceActionName}' has a pullRequest filter with the event ${repeated} more than once`,
    );
  });
}

function checkPatterns({ sourceActionName, push = [], pullRequest = [] }: GitConfiguration) {
  const criteria = [...push.flatMap(({ tags }) => tags ?? []), ...[...push, ...pullRequest].flatMap(criteriaOf)];
  const patterns = criteria.flatMap(({ includes = [], excludes = [] }) => [...includes, ...excludes]);
  return firstRefusal(patterns, (pattern) => {
    const mistake = globMistake(pattern);
    if (mistake === undefined) return undefined;
    return invalidStructure(
      `The trigger of '${sourceActionName}' has the pattern '${pattern}', which is not a valid glob pattern: ${mistake}.`,
    );
  });
}

function criteriaOf({ branches, filePaths }: GitPullRequestFilter | GitPushFilter) {
  return [branches, filePaths].flatMap((criteria) => criteria ?? []);
}

/** Rules about triggers (behaviour B.3); the texts about sources and combinations are known, the others are ours. */
export const triggerRules: StructureRule[] = [refersToConnections, keepsTriggerSize, combinesFilters, hasValidFilters];
