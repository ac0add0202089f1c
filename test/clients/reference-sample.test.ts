import { expect, test, vi } from 'vitest';
import { pipelineName, startStory, testAction, threeStages } from '../support/pipelines/scenario.ts';
import { amzDate, authorization, type RawAnswer, sendRaw } from '../support/requests/signed-request.ts';
import { account, serve } from '../support/servers/server.ts';

/** The body of the PollForJobs sample request in the API Reference, byte for byte. */
const sampleBody = `{
  "actionTypeId": {
    "category": "Test",
    "owner": "Custom",
    "version": "1",
    "provider": "JenkinsProviderName"
  },
  "maxBatchSize": 5,
  "queryParam": {
    "ProjectName": "JenkinsTestProject"
  }
}`;

/** Its headers, except host, date and signature, which must be current. */
const sampleHeaders = {
  'Accept-Encoding': 'identity',
  'X-Amz-Target': 'CodePipeline_20150709.PollForJobs',
  'User-Agent': 'aws-cli/1.7.38 Python/2.7.9 Windows/7',
  'Content-Type': 'application/x-amz-json-1.1',
};

/** Its response, with placeholders for variable values. `__type` inside nested objects is optional (wire 2). */
const sampleAnswer = {
  jobs: [
    {
      accountId: account,
      data: {
        actionConfiguration: { configuration: { ProjectName: 'JenkinsTestProject' } },
        actionTypeId: { category: 'Test', owner: 'Custom', provider: 'JenkinsProviderName', version: '1' },
        artifactCredentials: {
          accessKeyId: expect.stringMatching(/^[A-Z0-9]{20}$/),
          secretAccessKey: expect.stringMatching(/^.{40}$/),
          sessionToken: expect.any(String),
        },
        inputArtifacts: [
          {
            location: {
              s3Location: {
                bucketName: 'my-artifacts',
                objectKey: expect.stringMatching(/^MySecondPipeline\/MyAppBuild\/[A-Za-z0-9]{7}$/),
              },
              type: 'S3',
            },
            name: 'MyAppBuild',
            revision: expect.any(String),
          },
        ],
        outputArtifacts: [],
        pipelineContext: {
          action: { name: 'JenkinsTestAction', actionExecutionId: expect.any(String) },
          pipelineName,
          stage: { name: 'Testing' },
          // Newer than the sample: set for custom jobs (behaviour A.2.7).
          pipelineArn: expect.stringContaining(pipelineName),
          pipelineExecutionId: expect.any(String),
        },
      },
      id: expect.any(String),
      nonce: '3',
    },
  ],
};

test("the reference's sample request gets the reference's sample response, field by field", async () => {
  const server = await serve();
  const { stages, ...pipeline } = threeStages({ ...testAction, outputArtifacts: [] });
  await startStory(server.codePipeline(), server.s3(), { ...pipeline, stages: stages.slice(0, 2) });

  const replay = (): Promise<RawAnswer> => {
    const headers = { ...sampleHeaders, Host: new URL(server.url).host, 'X-Amz-Date': amzDate() };
    const Authorization = authorization(headers, sampleBody);
    const length = { 'Content-Length': String(sampleBody.length) };
    return sendRaw(server.url, { headers: { ...headers, ...length, Authorization }, body: sampleBody });
  };
  const answer = await vi.waitFor(async () => {
    const got = await replay();
    expect(got.body).not.toBe('{"jobs":[]}');
    return got;
  });

  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'content-length': String(Buffer.byteLength(answer.body)),
  });
  expect(JSON.parse(answer.body)).toEqual(sampleAnswer);
});
