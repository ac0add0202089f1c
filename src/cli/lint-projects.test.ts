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

const pipeline = (project: string) => ({
  name: 'shop',
  roleArn: 'arn:aws:iam::123456789012:role/r',
  artifactStore: { type: 'S3', location: 'artifacts' },
  stages: [
    {
      name: 'Source',
      actions: [
        {
          name: 'App',
          actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
          configuration: { S3Bucket: 'b', S3ObjectKey: 'k' },
          outputArtifacts: [{ name: 'Code' }],
        },
      ],
    },
    {
      name: 'Build',
      actions: [
        {
          name: 'Compile',
          namespace: 'Built',
          actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
          configuration: { ProjectName: project },
          inputArtifacts: [{ name: 'Code' }],
          outputArtifacts: [{ name: 'Site' }],
        },
      ],
    },
    {
      name: 'Deploy',
      actions: [
        {
          name: 'Copy',
          actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
          configuration: { BucketName: 'site', Extract: 'true', ObjectKey: '#{Built.TAG}' },
          inputArtifacts: [{ name: 'Site' }],
        },
      ],
    },
  ],
});

/** Checks the pipeline beside a file of resources that declares projects; returns the findings of rules about them. */
async function lint(project: string, resources?: string): Promise<string[]> {
  const file = join(folder, 'pipeline.json');
  writeFileSync(file, JSON.stringify(pipeline(project), null, 1));
  writeFileSync(join(folder, 'millrace.yaml'), resources ?? '');
  const options = resources === undefined ? [] : ['--resources', join(folder, 'millrace.yaml')];
  const { printed, complained } = await runMillrace('lint', file, '--format', 'json', ...options);
  expect(complained.at(-1)).toMatch(/^1 files: /);
  const findings = JSON.parse(printed.join('\n')) as { line: number; rule: string; message: string }[];
  return findings.flatMap(({ line, rule, message }) => (rule === 'no-provider' ? [] : `${line} ${rule}: ${message}`));
}

const project = (buildspec: string) => `projects:
  - name: shop
    source:
      type: CODEPIPELINE
      buildspec: |
${buildspec.replaceAll(/^/gm, '        ')}
`;

test('a project that is declared nowhere is found, once projects are known', async () => {
  expect(await lint('shop')).toEqual([]);
  expect(await lint('shop', project('version: 0.2')).then((found) => found.length)).toBeGreaterThan(0);
  expect(await lint('shpo', project('version: 0.2'))).toEqual([
    expect.stringContaining("unknown-project: The project 'shpo' of 'Compile' is not declared."),
  ]);
  expect(await lint('#{variables.P}', project('version: 0.2'))).not.toContainEqual(
    expect.stringContaining('unknown-project'),
  );
});

test('a buildspec that is part of the project must make what the pipeline takes', async () => {
  expect(await lint('shop', project('version: 0.2\nphases: {}'))).toEqual([
    expect.stringContaining(
      "no-artifacts: 'Compile' has output artifacts, but the buildspec of the project 'shop' makes none.",
    ),
    expect.stringContaining("unknown-output-variable: #{Built.TAG} fails the action 'Copy'"),
  ]);
  const complete = 'version: 0.2\nenv: { exported-variables: [TAG] }\nartifacts: { files: "**/*" }';
  expect(await lint('shop', project(complete))).toEqual([]);
});

test('a buildspec that is a path or cannot be read', async () => {
  expect(
    await lint('shop', 'projects:\n  - name: shop\n    source: { type: CODEPIPELINE, buildspec: ci/build.yml }\n'),
  ).toEqual([]);
  expect(await lint('shop', project('version: 3\nphases: {}'))).toEqual([
    expect.stringContaining(
      "bad-buildspec: The buildspec of the project 'shop' fails 'Compile': Invalid buildspec version: 3",
    ),
  ]);
});
