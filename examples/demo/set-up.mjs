// Everything that has to exist before the first job: buckets, an action type, a source, a pipeline.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CreateCustomActionTypeCommand, CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expectEqual, expectMatch } from './expectation.mjs';
import { shorten } from './timeline.mjs';
import { readFiles, zipFiles } from './zip-archive.mjs';

const actionTypeFile = new URL('../cli/action-type.json', import.meta.url);
const folderOf = (name) => fileURLToPath(new URL(`../${name}/`, import.meta.url));

export const pipelineName = 'price-list';
export const buckets = { source: 'demo-source', artifacts: 'demo-artifacts', releases: 'demo-releases' };
export const sourceKey = 'price-list.zip';
export const projectName = 'JenkinsTestProject';
export const testType = { category: 'Test', owner: 'Custom', provider: 'JenkinsProviderName', version: '1' };
const builtIn = (category) => ({ category, owner: 'AWS', provider: 'S3', version: '1' });

/** Creates three buckets; the source bucket is versioned, because the revision of an S3 source is a version. */
export async function createBuckets({ s3, timeline }) {
  for (const Bucket of Object.values(buckets)) await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' };
  await s3.send(new PutBucketVersioningCommand({ Bucket: buckets.source, VersioningConfiguration }));
  timeline.log('operator', `created the buckets ${Object.values(buckets).join(', ')} (the first one versioned)`);
}

/** Registers the action type of the API reference's sample call. */
export async function registerActionType({ codepipeline, timeline }) {
  const sample = JSON.parse(await readFile(actionTypeFile, 'utf8'));
  const { actionType } = await codepipeline.send(new CreateCustomActionTypeCommand(sample));
  expectEqual('The id of the registered action type', actionType?.id, testType);
  const { category, provider, version } = testType;
  timeline.log('operator', `registered the action type ${category} / Custom / ${provider} / ${version}`);
  timeline.detail('its property ProjectName is required, a key, and queryable: workers can poll for one value of it');
}

/** Uploads the sample project, with the files of the overlay on top; returns what was uploaded. */
export async function uploadSource({ s3, timeline }, { overlay, message }) {
  const files = await readFiles(folderOf('sample-project'));
  if (overlay) for (const [path, content] of await readFiles(folderOf(overlay))) files.set(path, content);
  const Body = await zipFiles(files);
  const Metadata = { 'codepipeline-artifact-revision-summary': message };
  const upload = new PutObjectCommand({ Bucket: buckets.source, Key: sourceKey, Body, Metadata });
  const { VersionId } = await s3.send(upload);
  expectMatch('The version id of the uploaded source', VersionId, /^(?!null$).+/);
  const what = `${files.size} files in ${Body.length} bytes, version ${shorten(VersionId)} "${message}"`;
  timeline.log('operator', `uploaded ${buckets.source}/${sourceKey}: ${what}`);
  return { versionId: VersionId, bytes: Body, message };
}

/** Creates the pipeline: source from S3, tests by a job worker, deployment of the report to S3. */
export async function createPipeline({ codepipeline, timeline, server }) {
  const stage = (name, action) => ({ name, actions: [action] });
  const pipeline = {
    name: pipelineName,
    roleArn: `arn:aws:iam::${server.account}:role/pipeline`,
    artifactStore: { type: 'S3', location: buckets.artifacts },
    stages: [
      stage('Source', {
        name: 'Upload',
        actionTypeId: builtIn('Source'),
        configuration: { S3Bucket: buckets.source, S3ObjectKey: sourceKey, PollForSourceChanges: 'false' },
        outputArtifacts: [{ name: 'SourceOutput' }],
      }),
      stage('Test', {
        name: 'UnitTests',
        actionTypeId: testType,
        configuration: { ProjectName: projectName },
        inputArtifacts: [{ name: 'SourceOutput' }],
        outputArtifacts: [{ name: 'TestReport' }],
        namespace: 'UnitTests',
      }),
      stage('Deploy', {
        name: 'PublishReport',
        actionTypeId: builtIn('Deploy'),
        configuration: {
          BucketName: buckets.releases,
          Extract: 'true',
          ObjectKey: 'reports/#{UnitTests.ProjectVersion}',
        },
        inputArtifacts: [{ name: 'TestReport' }],
      }),
    ],
  };
  const created = await codepipeline.send(new CreatePipelineCommand({ pipeline }));
  expectEqual('The version of the created pipeline', created.pipeline?.version, 1);
  timeline.log('operator', `created the pipeline ${pipelineName}, which starts its first execution`);
  timeline.detail('Source (S3) → Test (our action type) → Deploy (S3, to reports/#{UnitTests.ProjectVersion}/)');
}
