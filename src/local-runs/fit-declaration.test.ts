import { expect, test } from 'vitest';
import type { PipelineDeclaration } from '../contract/generated.ts';
import { fitDeclaration, neededBuckets } from './fit-declaration.ts';

const deploy = (bucket: string) => ({
  name: 'Copy',
  actionTypeId: { category: 'Deploy' as const, owner: 'AWS' as const, provider: 'S3', version: '1' },
  configuration: { BucketName: bucket, Extract: 'true' },
});

const pipeline = (more: Partial<PipelineDeclaration> = {}, bucket = 'site'): PipelineDeclaration => ({
  name: 'shop',
  roleArn: 'arn:aws:iam::123456789012:role/r',
  artifactStore: { type: 'S3', location: 'artifacts' },
  stages: [{ name: 'Deploy', actions: [deploy(bucket)] }],
  ...more,
});

test('given values become the defaults of variables', () => {
  const variables = [{ name: 'A', defaultValue: 'old' }, { name: 'B' }, { name: 'C', defaultValue: 'kept' }];
  const { declaration, mistakes } = fitDeclaration(pipeline({ variables }), { A: '', B: '2' });
  expect(mistakes).toEqual([]);
  expect(declaration.variables).toEqual([
    { name: 'A', defaultValue: '' },
    { name: 'B', defaultValue: '2' },
    { name: 'C', defaultValue: 'kept' },
  ]);
});

test('undeclared variables and those without a value are mistakes', () => {
  const { mistakes } = fitDeclaration(pipeline({ variables: [{ name: 'A' }] }), { toString: '1' });
  expect(mistakes).toEqual([
    '--variable toString: the pipeline declares A.',
    "The variable 'A' has no default: give --variable A=VALUE.",
  ]);
});

test('triggers do not start it again', () => {
  const triggers = [
    { providerType: 'CodeStarSourceConnection' as const, gitConfiguration: { sourceActionName: 'App' } },
  ];
  expect(fitDeclaration(pipeline({ triggers }), {}).declaration).not.toHaveProperty('triggers');
});

test('buckets that only AWS knows get names that S3 takes', () => {
  const { declaration } = fitDeclaration(
    pipeline({ artifactStore: { type: 'S3', location: 'unresolved-ArtifactBucket' } }, 'unresolved-Site.Name'),
    {},
  );
  expect(neededBuckets(declaration)).toEqual(['unresolved-artifactbucket', 'unresolved-site-name']);
  expect(declaration.stages[0]?.actions[0]?.configuration?.BucketName).toBe('unresolved-site-name');
});

test('the buckets of other Regions and of variables are needed too', () => {
  const { artifactStore: _, ...rest } = pipeline(
    {
      variables: [{ name: 'To', defaultValue: 'blue' }],
      artifactStores: {
        'us-east-1': { type: 'S3', location: 'here' },
        'eu-west-1': { type: 'S3', location: 'there' },
      },
    },
    '#{variables.To}-site',
  );
  expect(neededBuckets(fitDeclaration(rest, {}).declaration)).toEqual(['here', 'there', 'blue-site']);
});
