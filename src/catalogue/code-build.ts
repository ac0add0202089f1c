import type { BuiltInParts } from './built-in-type.ts';
import { optional, required } from './property.ts';

const projectName = required('ProjectName', 'The build project to run.');
const primarySource = optional(
  'PrimarySource',
  'The input artifact with the buildspec; required if there are several.',
);
const batchEnabled = optional('BatchEnabled', 'Whether to run a batch of builds.');
const combineArtifacts = optional('CombineArtifacts', 'Whether to combine the artifacts of a batch.');
const environmentVariables = optional('EnvironmentVariables', 'JSON text of a list of `name`, `value` and `type`.');

/** The properties of a CodeBuild rule; an action can also have a buildspec (behaviour C.8, D.2). */
export const codeBuildRuleProperties = [
  projectName,
  primarySource,
  batchEnabled,
  combineArtifacts,
  environmentVariables,
];

/** What CodeBuild's build and test types have in common. */
export const codeBuildParts: Omit<BuiltInParts, 'category'> = {
  provider: 'CodeBuild',
  inputs: [1, 5],
  outputs: [0, 5],
  properties: [
    projectName,
    primarySource,
    batchEnabled,
    optional('BuildspecOverride', 'A buildspec, or the path of one, that replaces that of the project.'),
    combineArtifacts,
    environmentVariables,
  ],
};
