import type { ActionConfigurationProperty } from '../contract/generated.ts';
import type { CataloguedActionType } from '../model/action-type.ts';
import { type Bounds, builtInType, dayMs, minuteMs } from './built-in-type.ts';
import { stackTypes } from './deploy-stacks.ts';
import { optional, optionalKey, required, secret } from './property.ts';

const category = 'Deploy';
const inputs: Bounds = [1, 1];

const codeDeployTarget = [
  required('ApplicationName', 'The CodeDeploy application.'),
  required('DeploymentGroupName', 'The deployment group of the application.'),
];

/** Up to four images can be inserted into the task definition. */
const images: ActionConfigurationProperty[] = [1, 2, 3, 4].flatMap((number) => [
  optional(`Image${number}ArtifactName`, `The input artifact that names image ${number}.`),
  optional(`Image${number}ContainerName`, `The placeholder in the task definition that image ${number} replaces.`),
]);

const objectsAndFiles = [
  builtInType({
    category,
    provider: 'S3',
    inputs,
    properties: [
      required('BucketName', 'The bucket to deploy to.'),
      required('Extract', '`true` to deploy the files in the archive, `false` to deploy it as it is.'),
      optionalKey('ObjectKey', 'Key of the object, or prefix of the extracted files.'),
      optional('KMSEncryptionKeyARN', 'The key that encrypts the deployed objects.'),
      optional('CannedACL', 'The canned ACL of the deployed objects.'),
      optional('CacheControl', 'The Cache-Control header of the deployed objects.'),
    ],
    timeoutMs: 90 * minuteMs,
  }),
  builtInType({
    category,
    provider: 'AppConfig',
    inputs,
    properties: [
      required('Application', 'The AppConfig application.'),
      required('Environment', 'The environment to deploy to.'),
      required('ConfigurationProfile', 'The configuration profile to deploy.'),
      required('InputArtifactConfigurationPath', 'Where the configuration is in the input artifact.'),
      // Optional in the guide, required in a capture of AWS's catalogue (behaviour D.4).
      optional('DeploymentStrategy', 'How the configuration is rolled out.'),
    ],
  }),
  builtInType({
    category,
    provider: 'ServiceCatalog',
    inputs,
    properties: [
      required('ProductId', 'The product that gets a new version.'),
      optional('TemplateFilePath', 'Where the template of the version is in the input artifact.'),
      optional('ProductVersionName', 'The name of the version.'),
      optional('ProductType', 'The kind of the product.'),
      optional('ProductVersionDescription', 'What is new in the version.'),
      optional('ConfigurationFilePath', 'The path of a file with all of these values.'),
    ],
  }),
  builtInType({
    category,
    owner: 'ThirdParty',
    provider: 'AlexaSkillsKit',
    inputs: [1, 2],
    properties: [
      required('ClientId', 'The client that acts for the developer.'),
      secret('ClientSecret', 'The secret of the client.'),
      secret('RefreshToken', 'The token for access to the developer account.'),
      required('SkillId', 'The skill to deploy.'),
    ],
  }),
];

const machines = [
  builtInType({ category, provider: 'CodeDeploy', inputs, properties: codeDeployTarget, timeoutMs: 5 * dayMs }),
  builtInType({
    category,
    provider: 'EC2',
    inputs,
    properties: [
      required('InstanceTagKey', 'The tag that marks the instances.'),
      required('InstanceType', '`EC2` or `SSM_MANAGED_NODE`.'),
      optional('InstanceTagValue', 'The value of the tag that marks the instances.'),
      optional('TargetDirectory', 'The directory for the files on the instances.'),
      optional('DeploySpec', 'Where the deployment specification is in the input artifact.'),
      optional('PreScript', 'The script that runs before the deployment.'),
      optional('PostScript', 'The script that runs after the deployment; needed without a DeploySpec.'),
      optional('MaxBatch', 'The most instances to deploy to at a time.'),
      optional('MaxError', 'The most instances that may fail.'),
      optional('TargetGroupNameList', 'The target groups the instances leave during the deployment.'),
    ],
    attributes: { needsV2: true },
  }),
  builtInType({
    category,
    provider: 'ElasticBeanstalk',
    inputs,
    properties: [
      required('ApplicationName', 'The Elastic Beanstalk application.'),
      required('EnvironmentName', 'The environment to deploy to.'),
    ],
  }),
  builtInType({
    category,
    provider: 'OpsWorks',
    inputs,
    properties: [
      required('Stack', 'The OpsWorks stack.'),
      required('App', 'The app to deploy.'),
      optional('Layer', 'The layer to deploy to.'),
    ],
  }),
];

const containersAndFunctions = [
  builtInType({
    category,
    provider: 'ECS',
    inputs,
    properties: [
      required('ClusterName', 'The ECS cluster.'),
      required('ServiceName', 'The service to deploy.'),
      optional('FileName', 'The image definitions file; `imagedefinitions.json` by default.'),
      optional('DeploymentTimeout', 'The time-out in minutes, at most 60.'),
    ],
  }),
  builtInType({
    category,
    provider: 'CodeDeployToECS',
    inputs: [1, 5],
    properties: [
      ...codeDeployTarget,
      required('TaskDefinitionTemplateArtifact', 'The input artifact with the task definition.'),
      required('AppSpecTemplateArtifact', 'The input artifact with the application specification.'),
      optional('AppSpecTemplatePath', 'Where the application specification is; `appspec.yaml` by default.'),
      optional('TaskDefinitionTemplatePath', 'Where the task definition is; `taskdef.json` by default.'),
      ...images,
    ],
    timeoutMs: 5 * dayMs,
  }),
  builtInType({
    category,
    provider: 'EKS',
    inputs,
    properties: [
      required('ClusterName', 'The EKS cluster.'),
      optional('HelmReleaseName', 'The Helm release; goes together with HelmChartLocation.'),
      optional('HelmChartLocation', 'Where the Helm chart is in the input artifact.'),
      optional('ManifestFiles', 'The manifests to apply when there is no Helm chart.'),
      optional('HelmValuesFiles', 'The values files of the Helm chart.'),
      optional('Namespace', 'The namespace to deploy to.'),
      optional('Subnets', 'The subnets the deployment runs in.'),
      optional('SecurityGroupIds', 'The security groups the deployment runs in.'),
    ],
    attributes: { needsV2: true, readsEnvironment: true },
  }),
  builtInType({
    category,
    provider: 'Lambda',
    // Without an artifact an existing version, PublishedTargetVersion, is deployed.
    inputs: [0, 1],
    properties: [
      required('FunctionName', 'The function to deploy.'),
      optional('FunctionAlias', 'The alias that is moved to the new version.'),
      optional('PublishedTargetVersion', 'The version the alias is moved to.'),
      optional('DeployStrategy', 'How traffic is moved to the new version.'),
      optional('Alarms', 'The alarms that stop the deployment, separated by commas.'),
    ],
    attributes: { needsV2: true },
  }),
];

/** Deploy types (behaviour D.4). */
export const deployTypes: readonly CataloguedActionType[] = [
  ...objectsAndFiles,
  ...machines,
  ...containersAndFunctions,
  ...stackTypes,
];
