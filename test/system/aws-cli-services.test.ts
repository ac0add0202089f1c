import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { awsCli } from '../support/requests/aws-cli.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

test('the AWS CLI manages connections, and reads parameters and secrets of a file', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const { url } = await startProcess(data);
  const aws = awsCli(url, folder, rootKey);
  const connections = (...args: string[]) => aws.json('codestar-connections', ...args);
  const { ConnectionArn } = await connections(
    ...['create-connection', '--connection-name', 'forge', '--provider-type', 'GitLab', '--tags', 'Key=team,Value=a'],
  );
  const arn = ['--connection-arn', String(ConnectionArn)];
  expect(await connections('get-connection', ...arn)).toMatchObject({ Connection: { ConnectionStatus: 'PENDING' } });
  const file = join(folder, 'millrace.yaml');
  const text = `
connections:
  - name: forge
    arn: ${ConnectionArn}
    providerType: GitLab
parameters:
  - name: /shop/host
    value: db.example.com
  - name: /shop/password
    secureValue: tr0ub4dor
secrets:
  - name: shop/api
    value: '{"key": "k"}'
registries:
  - name: own
    url: https://registry.example.com
    username: build
    password: c0rrect
`;
  await writeFile(file, text);
  expect(await runMillrace('apply', '-f', file, '--data', data)).toMatchObject({ code: 0 });
  expect(await connections('list-connections', '--provider-type-filter', 'GitLab')).toMatchObject({
    Connections: [{ ConnectionName: 'forge', ConnectionStatus: 'AVAILABLE' }],
  });
  const names = ['--names', '/shop/password', '/shop/host', '/shop/none', '--with-decryption'];
  expect(await aws.json('ssm', 'get-parameters', ...names)).toMatchObject({
    Parameters: [
      { Type: 'SecureString', Value: 'tr0ub4dor' },
      { Type: 'String', Value: 'db.example.com' },
    ],
    InvalidParameters: ['/shop/none'],
  });
  expect(await aws.json('secretsmanager', 'get-secret-value', '--secret-id', 'shop/api')).toMatchObject({
    SecretString: '{"key": "k"}',
  });
  expect(await aws.call(['ecr', 'get-login-password'])).toMatchObject({ code: 0, stdout: 'c0rrect\n' });
  expect(await aws.refusal('ssm', 'get-parameter', '--name', 'none')).toBe(
    'An error occurred (ParameterNotFound) when calling the GetParameter operation: Parameter none not found.',
  );
  expect(await aws.refusal('secretsmanager', 'list-secrets')).toContain(
    "(UnknownOperationException) when calling the ListSecrets operation: Millrace does not serve the operation 'ListSecrets' of secretsmanager",
  );
  await connections('delete-connection', ...arn);
  // It is still declared.
  expect(await connections('get-connection', ...arn)).toMatchObject({ Connection: { ConnectionStatus: 'AVAILABLE' } });
});

test('the AWS CLI starts the build of a project, and reads its end and its reports', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const { url, end } = await startProcess(data, ['--runner', 'local', '--allow-process-builds', 'on']);
  const aws = awsCli(url, folder, rootKey);
  const codebuild = (...args: string[]) => aws.json('codebuild', ...args);
  const file = join(folder, 'millrace.yaml');
  const text = `
projects:
  - name: mill
    cage: process
    source:
      type: NO_SOURCE
      buildspec: |
        version: 0.2
        env: { exported-variables: [FLOUR] }
        phases:
          build:
            commands:
              - FLOUR="$GRAIN flour"
              - echo '<testsuite><testcase name="grinds"/></testsuite>' > unit.xml
        reports: { unit: { files: unit.xml } }
`;
  await writeFile(file, text);
  expect(await runMillrace('apply', '-f', file, '--data', data)).toMatchObject({ code: 0 });
  const variables = ['--environment-variables-override', 'name=GRAIN,value=rye'];
  const { build } = await codebuild('start-build', '--project-name', 'mill', ...variables);
  const { id } = build as { id: string };
  const find = async () => {
    const { builds } = await codebuild('batch-get-builds', '--ids', id);
    return (builds as { buildStatus: string; reportArns: string[] }[])[0];
  };
  await expect.poll(async () => (await find())?.buildStatus, { timeout: 60_000 }).toBe('SUCCEEDED');
  const found = await find();
  expect(found).toMatchObject({ exportedEnvironmentVariables: [{ name: 'FLOUR', value: 'rye flour' }] });
  const arn = found?.reportArns[0] ?? '';
  expect(await codebuild('batch-get-reports', '--report-arns', arn)).toMatchObject({
    reports: [{ status: 'SUCCEEDED', testSummary: { total: 1 } }],
  });
  expect(await codebuild('describe-test-cases', '--report-arn', arn)).toMatchObject({
    testCases: [{ name: 'grinds', status: 'SUCCEEDED' }],
  });
  expect(await codebuild('list-builds-for-project', '--project-name', 'mill')).toMatchObject({ ids: [id] });
  expect(await aws.refusal('codebuild', 'start-build', '--project-name', 'none')).toContain(
    '(ResourceNotFoundException) when calling the StartBuild operation: Project cannot be found: arn:aws:codebuild:',
  );
  await end('SIGTERM');
});
