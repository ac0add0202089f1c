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

/** Up to four images may be put into the task definition. */
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
      required('BucketName', 'The bucket that is deployed to.'),
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
      required('Environment', 'The environment that is deployed to.'),
      required('ConfigurationProfile', 'The configuration profile that is deployed.'),
      required('InputArtifactConfigurationPath', 'Where the configuration is in the input artifact.'),
      // The guide says that it may be left out, a capture of the real catalogue that it may not (behaviour D.4).
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
      optional('ConfigurationFilePath', 'Where a file is that says all of this instead.'),
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
      secret('RefreshToken', 'The token that opens the developer account.'),
      required('SkillId', 'The skill that is deployed.'),
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
      optional('TargetDirectory', 'Where the files go on the instances.'),
      optional('DeploySpec', 'Where the deployment specification is in the input artifact.'),
      optional('PreScript', 'The script that runs before the deployment.'),
      optional('PostScript', 'The script that runs after the deployment; needed without a DeploySpec.'),
      optional('MaxBatch', 'How many instances are deployed to at a time.'),
      optional('MaxError', 'How many instances may fail.'),
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
      required('EnvironmentName', 'The environment that is deployed to.'),
    ],
  }),
  builtInType({
    category,
    provider: 'OpsWorks',
    inputs,
    properties: [
      required('Stack', 'The OpsWorks stack.'),
      required('App', 'The app that is deployed.'),
      optional('Layer', 'The layer that is deployed to.'),
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
      required('ServiceName', 'The service that is deployed.'),
      optional('FileName', 'The image definitions file; `imagedefinitions.json` when left out.'),
      optional('DeploymentTimeout', 'How many minutes the deployment may take, at most 60.'),
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
      optional('AppSpecTemplatePath', 'Where the application specification is; `appspec.yaml` when left out.'),
      optional('TaskDefinitionTemplatePath', 'Where the task definition is; `taskdef.json` when left out.'),
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
      optional('Namespace', 'The namespace that is deployed to.'),
      optional('Subnets', 'The subnets the deployment runs in.'),
      optional('SecurityGroupIds', 'The security groups the deployment runs in.'),
    ],
    attributes: { needsV2: true, readsEnvironment: true },
  }),
  builtInType({
    category,
    provider: 'Lambda',
    // Without an artifact a version that exists already, PublishedTargetVersion, is deployed.
    inputs: [0, 1],
    properties: [
      required('FunctionName', 'The function that is deployed.'),
      optional('FunctionAlias', 'The alias that is moved to the new version.'),
      optional('PublishedTargetVersion', 'The version the alias is moved to.'),
      optional('DeployStrategy', 'How traffic is moved to the new version.'),
      optional('Alarms', 'The alarms that end the deployment, separated by commas.'),
    ],
    attributes: { needsV2: true },
  }),
];

/** What brings a revision to where it is used (behaviour D.4). */
export const deployTypes: readonly CataloguedActionType[] = [
  ...objectsAndFiles,
  ...machines,
  ...containersAndFunctions,
  ...stackTypes,
];
