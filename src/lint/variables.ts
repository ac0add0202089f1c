import { actionTypeKey } from '../model/action-type.ts';
import { declaredRules } from '../model/pipeline.ts';
import { referencesIn, type VariableReference } from '../model/variable-reference.ts';
import { actionsOf, type LintRule } from './finding.ts';

const commit = ['AuthorDate', 'BranchName', 'CommitId', 'CommitMessage'];

/** The output variables of types that always have the same. */
const outputVariables: Record<string, readonly string[]> = {
  'Source/AWS/S3/1': ['BucketName', 'ETag', 'ObjectKey', 'VersionId'],
  'Source/AWS/CodeCommit/1': [...commit, 'CommitterDate', 'RepositoryName'],
  'Source/ThirdParty/GitHub/1': [...commit, 'CommitUrl', 'CommitterDate', 'RepositoryName'],
  'Source/AWS/CodeStarSourceConnection/1': [
    ...commit,
    ...[
      'AuthorDisplayName',
      'AuthorEmail',
      'AuthorId',
      'ConnectionArn',
      'FullRepositoryName',
      'ProviderType',
      'TagName',
    ],
    ...['DestinationBranchName', 'PullRequestId', 'PullRequestTitle', 'SourceBranchName'],
  ],
  'Source/AWS/ECR/1': ['ImageDigest', 'ImageTag', 'ImageURI', 'RegistryId', 'RepositoryName'],
};

const usesVariables: LintRule = (declaration) => {
  const { stages, variables = [] } = declaration;
  const texts = [...actionsOf(declaration).map(({ action }) => action), ...declaredRules(stages as never)].map(
    (member) => JSON.stringify(member),
  );
  const used = new Set(
    texts.flatMap((text) => referencesIn(text)).flatMap(({ namespace, key }) => (namespace === 'variables' ? key : [])),
  );
  return variables.flatMap(({ name }, index) => {
    if (used.has(name)) return [];
    return {
      rule: 'unused-variable',
      severity: 'warning' as const,
      path: ['variables', index],
      message: `Nothing refers to the variable '${name}'.`,
      fix: `Take it out, or use it as #{variables.${name}}.`,
    };
  });
};

const namesOutputVariables: LintRule = (declaration) => {
  const actions = actionsOf(declaration);
  const known = new Map(
    actions.flatMap(({ action: { namespace, actionTypeId, outputVariables: declared } }) => {
      const names = declared ?? outputVariables[actionTypeKey(actionTypeId)];
      return namespace === undefined || !names ? [] : [[namespace, names] as const];
    }),
  );
  const isMissing = ({ namespace, key }: VariableReference) => known.get(namespace)?.includes(key) === false;
  return actions.flatMap(({ action, path }) =>
    Object.entries(action.configuration ?? {}).flatMap(([property, value]) =>
      referencesIn(value)
        .filter(isMissing)
        .map(({ namespace, key, text }) => ({
          rule: 'unknown-output-variable',
          severity: 'error' as const,
          path: [...path, 'configuration', property],
          message: `${text} fails the action '${action.name}': the action of the namespace '${namespace}' has no variable '${key}'.`,
          fix: `It has ${known.get(namespace)?.join(', ')}.`,
        })),
    ),
  );
};

/** Rules about variables beyond those of the API. */
export const variableRules: LintRule[] = [usesVariables, namesOutputVariables];
