import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, dayMs } from './built-in-type.ts';
import { optional, required } from './property.ts';

const category = 'Deploy';

const deploymentTargets = optional('DeploymentTargets', 'The accounts or organizational units to deploy to.');
const failureTolerance = optional('FailureTolerancePercentage', 'The share of stacks per region that may fail.');
const maxConcurrent = optional('MaxConcurrentPercentage', 'The share of accounts to deploy to at a time.');

/**
 * CloudFormation's deploy types (behaviour D.4). By the wording of AWS's quota only the first has its time-out
 * (behaviour A.8).
 */
export const stackTypes: readonly CataloguedActionType[] = [
  builtInType({
    category,
    provider: 'CloudFormation',
    inputs: [0, 10],
    outputs: [0, 1],
    properties: [
      required('ActionMode', 'What to do with the stack or its change set.'),
      required('StackName', 'The stack to act on.'),
      optional('Capabilities', 'What the template is allowed to do, separated by commas.'),
      optional('ChangeSetName', 'The change set; needed by the change-set modes.'),
      optional('RoleArn', 'The role the stack is changed with; needed by all modes but CHANGE_SET_EXECUTE.'),
      optional('TemplatePath', 'The template as `Artifact::file`; needed by the modes that create or replace.'),
      optional('TemplateConfiguration', 'The template configuration file as `Artifact::file`.'),
      optional('ParameterOverrides', 'JSON text of parameters that override the template configuration.'),
      optional('OutputFileName', 'The file of the output artifact that receives the outputs of the stack.'),
    ],
    timeoutMs: 3 * dayMs,
  }),
  builtInType({
    category,
    provider: 'CloudFormationStackSet',
    inputs: [1, 3],
    properties: [
      required('StackSetName', 'The stack set that is created or updated.'),
      required('TemplatePath', 'The template as `Artifact::file`.'),
      optional('Description', 'What the stack set is for.'),
      optional('Parameters', 'The parameters of the template, in place or as `Artifact::file`.'),
      optional('Capabilities', 'What the template is allowed to do, separated by commas.'),
      optional('PermissionModel', '`SELF_MANAGED` or `SERVICE_MANAGED`; `SELF_MANAGED` by default.'),
      optional('AdministrationRoleArn', 'The role that acts on the target accounts.'),
      optional('ExecutionRoleName', 'The role in the target accounts.'),
      optional('OrganizationsAutoDeployment', '`Enabled`, `Disabled` or `EnabledWithStackRetention`.'),
      deploymentTargets,
      optional('Regions', 'The regions to deploy to; goes together with DeploymentTargets.'),
      failureTolerance,
      maxConcurrent,
    ],
  }),
  builtInType({
    category,
    provider: 'CloudFormationStackInstances',
    inputs: [0, 2],
    properties: [
      required('StackSetName', 'The stack set whose instances are created or updated.'),
      required('Regions', 'The regions to deploy to.'),
      deploymentTargets,
      optional('ParameterOverrides', 'Parameters that differ from those of the stack set.'),
      failureTolerance,
      maxConcurrent,
    ],
  }),
];
