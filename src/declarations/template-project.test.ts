import { expect, test } from 'vitest';
import { readDeclarations } from './read-declarations.ts';
import { isUnresolved } from './template-values.ts';

const template = (project: string, projectName: string) => `
Parameters:
  Stage: { Type: String, Default: test }
Resources:
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
${project.replaceAll(/^/gm, '      ')}
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/r
      Stages:
        - Name: Build
          Actions: [{ Name: Build, Configuration: { ProjectName: ${projectName} } }]
`;

function read(project: string, projectName = '!Ref Build') {
  const settings = { parameters: {}, region: 'us-east-1', account: '123456789012' };
  const { pipelines, projects } = readDeclarations(template(project, projectName), settings);
  const { stages } = pipelines[0]!.declaration as { stages: [{ actions: [{ configuration: unknown }] }] };
  return { configuration: stages[0].actions[0].configuration, projects };
}

test('a project has the members of CreateProject, and Ref is its name', () => {
  const { configuration, projects } = read(`Name: !Sub shop-\${Stage}
ServiceRole: !GetAtt Role.Arn
TimeoutInMinutes: "30"
VpcConfig: { VpcId: vpc-1 }
Triggers: { Webhook: true }
Tags: [{ Key: a, Value: b }]
Source:
  Type: CODEPIPELINE
  BuildSpec: |
    version: 0.2
    env: { variables: { STAGE: test } }
Artifacts: { Type: CODEPIPELINE }
Environment:
  Type: LINUX_CONTAINER
  ComputeType: BUILD_GENERAL1_SMALL
  Image: aws/codebuild/standard:7.0
  PrivilegedMode: "true"
  RegistryCredential: { Credential: c, CredentialProvider: SECRETS_MANAGER }
  EnvironmentVariables:
    - { Name: STAGE, Value: !Ref Stage }
    - { Name: DEBUG, Value: true }
    - { Name: COUNT, Value: 3, Type: PLAINTEXT }`);
  expect(configuration).toEqual({ ProjectName: 'shop-test' });
  expect(projects).toEqual([
    {
      name: 'shop-test',
      serviceRole: 'arn:aws:iam::123456789012:role/unresolved-Role-Arn',
      timeoutInMinutes: 30,
      source: { type: 'CODEPIPELINE', buildspec: 'version: 0.2\nenv: { variables: { STAGE: test } }\n' },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: 'LINUX_CONTAINER',
        computeType: 'BUILD_GENERAL1_SMALL',
        image: 'aws/codebuild/standard:7.0',
        privilegedMode: true,
        environmentVariables: [
          { name: 'STAGE', value: 'test' },
          { name: 'DEBUG', value: 'true' },
          { name: 'COUNT', value: '3', type: 'PLAINTEXT' },
        ],
      },
    },
  ]);
});

test('a project without a name is called by its logical id', () => {
  const { configuration, projects } = read('ServiceRole: arn:aws:iam::123456789012:role/b');
  expect(configuration).toEqual({ ProjectName: 'Build' });
  expect(projects).toEqual([{ name: 'Build', serviceRole: 'arn:aws:iam::123456789012:role/b', environment: {} }]);
});

test('a dynamic reference is a value that is not known', () => {
  expect(isUnresolved('{{resolve:secretsmanager:github-token:SecretString}}')).toBe(true);
  expect(isUnresolved('resolve:me')).toBe(false);
});

test('a name that only AWS knows is the same in the project and where it is used', () => {
  const stackName = '!Sub "${AWS::StackName}-build"';
  const { configuration, projects } = read(`Name: ${stackName}`, stackName);
  expect(configuration).toEqual({ ProjectName: projects[0]?.name });
});
