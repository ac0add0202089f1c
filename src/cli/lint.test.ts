import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMillrace } from '../../test/support/requests/command-line.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function lint(text: string, ...flags: string[]) {
  const file = join(folder, 'pipeline');
  writeFileSync(file, text);
  const { printed, ...ended } = await runMillrace('lint', file, ...flags);
  return { ...ended, printed: printed.map((line) => line.replace(file, 'FILE')) };
}

const source = `{
  "name": "Source",
  "actionTypeId": { "category": "Source", "owner": "AWS", "provider": "S3", "version": "1" },
  "namespace": "SourceVariables",
  "configuration": { "S3Bucket": "b", "S3ObjectKey": "k" },
  "outputArtifacts": [{ "name": "Code" }]
}`;

const deploy = (more = '', configuration = '') => `{
  "name": "Deploy",
  "actionTypeId": { "category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1" },
  "configuration": { "BucketName": "site", "Extract": "true"${configuration} },
  "inputArtifacts": [{ "name": "Code" }]${more}
}`;

const pipeline = (last = deploy(), more = '') => `{
  "name": "shop",
  "roleArn": "arn:aws:iam::123456789012:role/r",
  "artifactStore": { "type": "S3", "location": "artifacts" },
  "stages": [
    { "name": "Source", "actions": [${source}] },
    { "name": "Deploy", "actions": [${last}] }
  ]${more}
}`;

test('a pipeline without mistakes has no findings', async () => {
  expect(await lint(pipeline())).toEqual({ code: 0, printed: [], complained: ['1 files: 0 errors, 0 warnings.'] });
});

test('what get-pipeline prints is a pipeline too', async () => {
  const text = `{ "pipeline": ${pipeline(deploy(), ', "version": 3')}, "metadata": { "created": "today" } }`;
  expect((await lint(text)).printed).toEqual([]);
});

test('each finding has its line, its rule and what to do', async () => {
  const text = pipeline(
    deploy(', "outputArtifacts": []', ', "ObjectKey": "#{SourceVariables.Tag}"'),
    ',\n  "variables": [{ "name": "UNUSED" }]',
  );
  const { code, printed } = await lint(text);
  expect(printed).toEqual([
    "FILE:16: error: #{SourceVariables.Tag} fails the action 'Deploy': the action of the namespace 'SourceVariables' has no variable 'Tag'. [unknown-output-variable]",
    '  It has BucketName, ETag, ObjectKey, VersionId.',
    "FILE:20: warning: Nothing refers to the variable 'UNUSED'. [unused-variable]",
    '  Take it out, or use it as #{variables.UNUSED}.',
  ]);
  expect(code).toBe(4);
});

test('all that CreatePipeline would refuse is said at once', async () => {
  const text = pipeline(
    deploy().replace('"Code"', '"Nowhere"').replace('"Deploy",', '"Deploy", "namespace": "codepipeline",'),
  );
  const { printed } = await lint(text);
  expect(printed).toEqual([
    expect.stringMatching(/^FILE:5: error: One or more of the chosen namespaces is reserved/),
    expect.stringMatching(/^FILE:13: error: Action 'Deploy' .* takes the input artifact 'Nowhere', which no earlier/),
  ]);
});

test('what has the wrong shape is said as the API says it', async () => {
  const { printed } = await lint(
    pipeline().replace('"version": "1" },\n  "namespace"', '"version": "a b" },\n  "namespace"'),
  );
  expect(printed[0]).toMatch(
    /^FILE:8: error: Value at 'pipeline\.stages\.1\.member\.actions\.1\.member\.actionTypeId\.version' failed/,
  );
});

test.each([
  [
    'nothing',
    '',
    'FILE:1: error: The file has no pipeline: expected `stages`, `pipeline` or a CloudFormation template.',
  ],
  ['no JSON', '{ "stages": [', 'FILE:1: error: '],
  ['a template without a pipeline', 'Resources: { A: { Type: x } }', 'FILE:1: error: The template has no resource'],
])('%s is refused', async (_, text, message) => {
  const { code, printed } = await lint(text);
  expect(printed[0]).toContain(message);
  expect(code).toBe(4);
});

const template = `
Parameters:
  Bucket: { Type: String, Default: code }
  Token: { Type: String }
Resources:
  Role: { Type: AWS::IAM::Role }
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt Role.Arn
      ArtifactStore: { Type: S3, Location: !Ref Bucket }
      Tags: [{ Key: a, Value: b }]
      Stages:
        - Name: Source
          Actions:
            - Name: Source
              ActionTypeId: { Category: Source, Owner: ThirdParty, Provider: GitHub, Version: 1 }
              RunOrder: "1"
              Configuration:
                Owner: team
                Repo: !Sub "\${AWS::Region}-shop"
                Branch: main
                OAuthToken: !Ref Token
                PollForSourceChanges: false
              OutputArtifacts: [{ Name: Code }]
        - Name: Build
          Actions:
            - Name: Build
              ActionTypeId: { Category: Build, Owner: Custom, Provider: Mine, Version: 1 }
              Configuration: { ApiToken: clear }
              InputArtifacts: [{ Name: Code }]
              OutputArtifacts: [{ Name: Built }]
`;

test('pipelines of templates are read with their functions, and found at their lines', async () => {
  const { printed } = await lint(template);
  expect(printed).toEqual([
    'FILE:29: warning: Actions of Build/Custom/Mine/1 wait for a worker. [needs-worker]',
    '  millrace worker --category Build --provider Mine --version 1 -- COMMAND',
    'FILE:30: warning: The value of ApiToken is a secret in clear. [secret-in-clear]',
    '  Keep it out of the file: fill it in when the pipeline is saved.',
    "FILE:32: warning: No action takes the artifact 'Built' of 'Build'. [unused-artifact]",
    '  Take it out, or name it among the inputArtifacts of a later action.',
  ]);
  const { printed: given } = await lint(template, '--parameter', 'Token=clear');
  expect(given[0]).toBe('FILE:23: warning: The value of OAuthToken is a secret in clear. [secret-in-clear]');
});

test('patterns of triggers that match less than people expect are found', async () => {
  const trigger = (filters: string) =>
    `, "triggers": [{ "providerType": "CodeStarSourceConnection", "gitConfiguration": { "sourceActionName": "Source", ${filters} } }]`;
  const connected = pipeline(
    deploy(),
    trigger(
      '"push": [{ "branches": { "includes": ["refs/heads/main"] }, "filePaths": { "includes": ["**/*.ts", "/src/**"] } }]',
    ),
  )
    .replace(
      '"provider": "S3", "version": "1" },\n  "namespace"',
      '"provider": "CodeStarSourceConnection", "version": "1" },\n  "namespace"',
    )
    .replace(
      '{ "S3Bucket": "b", "S3ObjectKey": "k" }',
      '{ "ConnectionArn": "arn:aws:codestar-connections:us-east-1:123456789012:connection/1", "FullRepositoryId": "team/shop", "BranchName": "main" }',
    );
  const { printed } = await lint(connected);
  expect(printed.filter((line) => line.startsWith('FILE'))).toEqual([
    expect.stringContaining("'refs/heads/main' matches nothing: branches and tags go by their short names."),
    expect.stringContaining("'**/*.ts' matches no file of the top folder."),
    expect.stringContaining("'/src/**' matches no file: paths begin with a name."),
  ]);
});

test('findings come as JSON and as SARIF', async () => {
  const text = pipeline(deploy(), ', "variables": [{ "name": "UNUSED" }]');
  const [finding] = JSON.parse((await lint(text, '--format', 'json')).printed.join('\n')) as unknown[];
  expect(finding).toMatchObject({ rule: 'unused-variable', line: 19, pipeline: 'shop', severity: 'warning' });
  const sarif = JSON.parse((await lint(text, '--format', 'sarif')).printed.join('\n'));
  expect(sarif.runs[0].results[0]).toMatchObject({
    ruleId: 'unused-variable',
    level: 'warning',
    locations: [{ physicalLocation: { region: { startLine: 19 } } }],
  });
});

test.each([
  [['/nowhere'], '/nowhere cannot be read: ENOENT'],
  [['--format', 'xml', 'x'], "option '--format <format>' argument 'xml' is invalid"],
  [['--parameter', 'x', 'x'], '--parameter x: expected NAME=VALUE.'],
])('%j is refused', async (args, message) => {
  const { code, complained } = await runMillrace('lint', ...args);
  expect(complained.join('\n')).toContain(message);
  expect(code).toBe(2);
});
