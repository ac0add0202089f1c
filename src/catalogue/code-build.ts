import type { BuiltInParts } from './built-in-type.ts';
import { optional, required } from './property.ts';

/** Which project is built, and which input leads when there are several. */
const projectName = required('ProjectName', 'The build project that is run.');
const primarySource = optional(
  'PrimarySource',
  'The input artifact with the buildspec; needed when there are several.',
);
const batchEnabled = optional('BatchEnabled', 'Whether the project runs a batch of builds.');
const combineArtifacts = optional('CombineArtifacts', 'Whether the artifacts of a batch are put into one.');
const environmentVariables = optional('EnvironmentVariables', 'JSON text of a list of `name`, `value` and `type`.');

/** What a CodeBuild rule can be told; an action can be told this and a buildspec of its own (behaviour C.8, D.2). */
export const codeBuildRuleProperties = [
  projectName,
  primarySource,
  batchEnabled,
  combineArtifacts,
  environmentVariables,
];

/** What CodeBuild's build and test types share. */
export const codeBuildParts: Omit<BuiltInParts, 'category'> = {
  provider: 'CodeBuild',
  inputs: [1, 5],
  outputs: [0, 5],
  properties: [
    projectName,
    primarySource,
    batchEnabled,
    optional('BuildspecOverride', 'A buildspec, or the path of one, that replaces the one of the project.'),
    combineArtifacts,
    environmentVariables,
  ],
};
