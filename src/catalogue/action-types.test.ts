import { describe, expect, test } from 'vitest';
import { constrainOf, type Report } from '../contract/constraints.ts';
import type { ArtifactDetails } from '../contract/generated.ts';
import { actionTypeKey, queryableProperty, secretProperties } from '../model/action-type.ts';
import { builtInActionTypes, typeKeysWith } from './action-types.ts';

/**
 * The catalogue in another form: type, inputs, outputs, time-out in minutes (behaviour A.8), properties. Required
 * properties end in `*`, secret ones in `*!`; indented lines continue the previous one.
 */
const table = `
Source/AWS/S3/1 0-0 1-1 60 S3Bucket* S3ObjectKey* AllowOverrideForS3ObjectKey PollForSourceChanges
Source/AWS/CodeCommit/1 0-0 1-1 60 RepositoryName* BranchName* PollForSourceChanges OutputArtifactFormat
Source/ThirdParty/GitHub/1 0-0 1-1 60 Owner* Repo* Branch* OAuthToken*! PollForSourceChanges
Source/AWS/CodeStarSourceConnection/1 0-0 1-1 60 ConnectionArn* FullRepositoryId* BranchName* OutputArtifactFormat
  DetectChanges
Source/AWS/ECR/1 0-0 1-1 60 RepositoryName* ImageTag
Build/AWS/CodeBuild/1 1-5 0-5 2160 ProjectName* PrimarySource BatchEnabled BuildspecOverride CombineArtifacts
  EnvironmentVariables
Test/AWS/CodeBuild/1 1-5 0-5 480 ProjectName* PrimarySource BatchEnabled BuildspecOverride CombineArtifacts
  EnvironmentVariables
Build/AWS/ECRBuildAndPublish/1 1-1 0-0 60 ECRRepositoryName* DockerFilePath ImageTags RegistryType
Compute/AWS/Commands/1 1-10 0-1 55 EnvironmentType ComputeType VpcId Subnets SecurityGroupIds
Test/AWS/DeviceFarm/1 1-1 0-0 60 AppType* ProjectId* App* AppiumVersion* DevicePoolArn* TestType* Test
  RadioBluetoothEnabled RadioWifiEnabled RadioNfcEnabled RadioGpsEnabled RecordAppPerformanceData RecordVideo
  FuzzEventCount FuzzEventThrottle FuzzRandomizerSeed CustomHostMachineArtifacts CustomDeviceArtifacts
  UnmeteredDevicesOnly JobTimeoutMinutes Latitude Longitude
Approval/AWS/Manual/1 0-0 0-0 10080 NotificationArn CustomData ExternalEntityLink IsSummaryRequired
Invoke/AWS/Lambda/1 0-5 0-5 1440 FunctionName* UserParameters
Invoke/AWS/StepFunctions/1 0-1 0-1 10080 StateMachineArn* ExecutionNamePrefix InputType Input
Invoke/AWS/CodePipeline/1 0-0 0-0 60 PipelineName* SourceRevisions Variables
Invoke/AWS/InspectorScan/1 0-1 1-1 60 InspectorRunMode* ECRRepositoryName ImageTag CriticalThreshold HighThreshold
  MediumThreshold LowThreshold
Deploy/AWS/S3/1 1-1 0-0 90 BucketName* Extract* ObjectKey KMSEncryptionKeyARN CannedACL CacheControl
Deploy/AWS/CodeDeploy/1 1-1 0-0 7200 ApplicationName* DeploymentGroupName*
Deploy/AWS/CloudFormation/1 0-10 0-1 4320 ActionMode* StackName* Capabilities ChangeSetName RoleArn TemplatePath
  TemplateConfiguration ParameterOverrides OutputFileName
Deploy/AWS/CloudFormationStackSet/1 1-3 0-0 60 StackSetName* TemplatePath* Description Parameters Capabilities
  PermissionModel AdministrationRoleArn ExecutionRoleName OrganizationsAutoDeployment DeploymentTargets Regions
  FailureTolerancePercentage MaxConcurrentPercentage
Deploy/AWS/CloudFormationStackInstances/1 0-2 0-0 60 StackSetName* Regions* DeploymentTargets ParameterOverrides
  FailureTolerancePercentage MaxConcurrentPercentage
Deploy/AWS/ECS/1 1-1 0-0 60 ClusterName* ServiceName* FileName DeploymentTimeout
Deploy/AWS/CodeDeployToECS/1 1-5 0-0 7200 ApplicationName* DeploymentGroupName* TaskDefinitionTemplateArtifact*
  AppSpecTemplateArtifact* AppSpecTemplatePath TaskDefinitionTemplatePath Image1ArtifactName Image2ArtifactName
  Image3ArtifactName Image4ArtifactName Image1ContainerName Image2ContainerName Image3ContainerName Image4ContainerName
Deploy/AWS/EKS/1 1-1 0-0 60 ClusterName* HelmReleaseName HelmChartLocation ManifestFiles HelmValuesFiles Namespace
  Subnets SecurityGroupIds
Deploy/AWS/EC2/1 1-1 0-0 60 InstanceTagKey* InstanceType* InstanceTagValue TargetDirectory DeploySpec PreScript
  PostScript MaxBatch MaxError TargetGroupNameList
Deploy/AWS/Lambda/1 0-1 0-0 60 FunctionName* FunctionAlias PublishedTargetVersion DeployStrategy Alarms
Deploy/AWS/ElasticBeanstalk/1 1-1 0-0 60 ApplicationName* EnvironmentName*
Deploy/AWS/OpsWorks/1 1-1 0-0 60 Stack* App* Layer
Deploy/AWS/AppConfig/1 1-1 0-0 60 Application* Environment* ConfigurationProfile* InputArtifactConfigurationPath*
  DeploymentStrategy
Deploy/AWS/ServiceCatalog/1 1-1 0-0 60 ProductId* TemplateFilePath ProductVersionName ProductType
  ProductVersionDescription ConfigurationFilePath
Deploy/ThirdParty/AlexaSkillsKit/1 1-2 0-0 60 ClientId* ClientSecret*! RefreshToken*! SkillId*
`;

const facts = table
  .trim()
  .split(/\n(?! )/)
  .map((line) => {
    const [key = '', inputs, outputs, minutes, ...properties] = line.split(/\s+/);
    return { key, inputs, outputs, timeoutMs: Number(minutes) * 60_000, properties: properties.sort() };
  });

const keys = builtInActionTypes.map(({ definition }) => actionTypeKey(definition.id));

function typeOf(key: string) {
  const found = builtInActionTypes.find(({ definition }) => actionTypeKey(definition.id) === key);
  if (!found) throw new Error(`${key} is not in the catalogue`);
  return found;
}

function boundsOf({ minimumCount, maximumCount }: ArtifactDetails): string {
  return `${minimumCount}-${maximumCount}`;
}

/** Returns the constraints of an API shape that a value violates. */
function problems(shape: string, value: unknown): string[] {
  const report: Report = { problems: [] };
  constrainOf(shape)(value, shape, report);
  return report.problems;
}

test('the catalogue contains exactly the known types', () => {
  expect([...keys].sort()).toEqual(facts.map(({ key }) => key).sort());
});

test.each(facts)('$key has its bounds, its time-out and its properties', ({ key, ...fact }) => {
  const { definition, timeoutMs } = typeOf(key);
  const flagged = definition.actionConfigurationProperties?.map(
    ({ name, required, secret }) => `${name}${required ? '*' : ''}${secret ? '!' : ''}`,
  );
  expect({
    inputs: boundsOf(definition.inputArtifactDetails),
    outputs: boundsOf(definition.outputArtifactDetails),
    timeoutMs,
    properties: flagged?.sort(),
  }).toEqual(fact);
});

test('the secrets are the tokens of GitHub and of the Alexa Skills Kit', () => {
  const secrets = builtInActionTypes.flatMap(({ definition }) => [...secretProperties(definition)]);
  expect(secrets.sort()).toEqual(['ClientSecret', 'OAuthToken', 'RefreshToken']);
});

test.each([
  [
    'needsV2',
    'Build/AWS/ECRBuildAndPublish Compute/AWS/Commands Deploy/AWS/EC2 Deploy/AWS/EKS Deploy/AWS/Lambda Invoke/AWS/CodePipeline',
  ],
  ['readsCommands', 'Compute/AWS/Commands'],
  ['readsEnvironment', 'Compute/AWS/Commands Deploy/AWS/EKS'],
  ['needsConnection', 'Source/AWS/CodeStarSourceConnection'],
  ['polls', 'Source/AWS/CodeCommit Source/AWS/S3 Source/ThirdParty/GitHub'],
  ['hidesRevisionTime', 'Source/AWS/S3'],
  ['overrides', 'Source/AWS/CodeCommit Source/AWS/CodeStarSourceConnection Source/AWS/ECR Source/AWS/S3'],
] as const)('the types with %s', (attribute, types) => {
  expect([...typeKeysWith(attribute)].sort()).toEqual(types.split(' ').map((type) => `${type}/1`));
});

test('each kind of source revision override has its types (behaviour C.10)', () => {
  const accepted = builtInActionTypes.flatMap(({ definition, attributes }) =>
    Object.entries(attributes?.overrides ?? {}).map(([kind, target]) => [definition.id.provider, kind, target]),
  );
  expect(accepted).toEqual([
    ['S3', 'S3_OBJECT_VERSION_ID', 'revision'],
    ['S3', 'S3_OBJECT_KEY', { property: 'S3ObjectKey', allowedBy: 'AllowOverrideForS3ObjectKey' }],
    ['CodeCommit', 'COMMIT_ID', 'revision'],
    ['CodeStarSourceConnection', 'COMMIT_ID', 'revision'],
    ['ECR', 'IMAGE_DIGEST', 'revision'],
  ]);
});

test('key properties are the required ones that are not secret, and the object key of an S3 deployment', () => {
  const exceptions = builtInActionTypes.flatMap(({ definition }) =>
    (definition.actionConfigurationProperties ?? [])
      .filter(({ key, required, secret }) => key !== (required && !secret))
      .map(({ name }) => `${actionTypeKey(definition.id)} ${name}`),
  );
  expect(exceptions).toEqual(['Deploy/AWS/S3/1 ObjectKey']);
});

describe.each(builtInActionTypes.map(({ definition }) => ({ key: actionTypeKey(definition.id), definition })))(
  '$key',
  ({ definition }) => {
    const properties = definition.actionConfigurationProperties ?? [];

    test('fits the shapes of the API', () => {
      expect(problems('ActionTypeId', definition.id)).toEqual([]);
      for (const property of properties) expect(problems('ActionConfigurationProperty', property)).toEqual([]);
      if (definition.settings) expect(problems('ActionTypeSettings', definition.settings)).toEqual([]);
      // CloudFormation and Commands take ten inputs, which only the newer of the API's two shapes of bounds allows.
      for (const details of [definition.inputArtifactDetails, definition.outputArtifactDetails]) {
        expect(problems('ActionTypeArtifactDetails', details)).toEqual([]);
        expect(details.minimumCount).toBeLessThanOrEqual(details.maximumCount);
      }
    });

    test('has unique, described properties, none queryable', () => {
      const names = properties.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(properties.filter(({ description }) => !description)).toEqual([]);
      expect(queryableProperty(definition)).toBeUndefined();
    });

    test('has links with required properties that are not secret', () => {
      const shown = properties.filter(({ required, secret }) => required && !secret).map(({ name }) => name);
      const used = JSON.stringify(definition.settings ?? {}).matchAll(/\{Config:([^}]+)\}/g);
      for (const [, name] of used) expect(shown).toContain(name);
    });
  },
);
