import {
  AcknowledgeJobCommand,
  type ActionDeclaration,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  type Job,
  PutApprovalResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutBucketVersioningCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, vi } from 'vitest';
import { serveWithStore } from '../servers/external-store.ts';
import { type Keys, serve, type TestServer } from '../servers/server.ts';
import { pipelineName, pollOne, prepareBuckets, registerJenkins, threeStages } from './scenario.ts';

/** The artifact stores of a scenario, by their names in test names. */
export const artifactHomes = [
  { home: 'in a versioned bucket', isVersioned: true, open: () => serve() },
  { home: 'in a bucket without versions', isVersioned: false, open: () => serve() },
  { home: 'in a versioned bucket of an external store', isVersioned: true, open: () => serveWithStore() },
  { home: 'in an external store without versions', isVersioned: false, open: () => serveWithStore() },
];

export type ArtifactHome = (typeof artifactHomes)[number];

/** The location of an object, as in the SDK. */
export interface Place {
  Bucket: string;
  Key: string;
}

/** A pipeline whose build by a custom worker must be approved before its artifact is deployed. */
export interface ApprovalStory {
  server: TestServer;
  /** The acknowledged job of the build; `worker` has its credentials. */
  job: Required<Job>;
  worker: S3Client;
  /** A client of the root user. */
  owner: S3Client;
  input: Place;
  output: Place;
  write(body: string): Promise<unknown>;
  succeed(): Promise<unknown>;
  /** Responds to the approval once it is pending. */
  approve(): Promise<void>;
  /** Resolves with the state of the deploy action once it has this status. */
  released(status: 'Succeeded' | 'Failed'): Promise<{ code?: string; message?: string }>;
  /** The deployed content; undefined if nothing was deployed. */
  deployed(): Promise<string | undefined>;
}

/** `extra` are further stages between the approval and the release. */
export async function openApprovalStory(
  { isVersioned, open }: ArtifactHome,
  extra: { name: string; actions: ActionDeclaration[] }[] = [],
): Promise<ApprovalStory> {
  const server = await open();
  const [client, owner] = [server.codePipeline(), server.s3()];
  await registerJenkins(client);
  await prepareBuckets(owner);
  if (isVersioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await owner.send(new PutBucketVersioningCommand({ Bucket: 'my-artifacts', VersioningConfiguration }));
  }
  const declared = threeStages();
  const [source, testing, release] = declared.stages as [(typeof extra)[0], (typeof extra)[0], (typeof extra)[0]];
  const approval = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  const review = { name: 'Review', actions: [{ name: 'Approve', actionTypeId: approval }] };
  const pipeline = { ...declared, pipelineType: 'V2' as const, stages: [source, testing, review, ...extra, release] };
  await client.send(new CreatePipelineCommand({ pipeline }));
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const worker = server.s3(job.data.artifactCredentials as Keys);
  const output = placeOf(job.data.outputArtifacts);
  return {
    server,
    job,
    worker,
    owner,
    input: placeOf(job.data.inputArtifacts),
    output,
    write: (body) => worker.send(new PutObjectCommand({ ...output, Body: body })),
    succeed: () => client.send(new PutJobSuccessResultCommand({ jobId: job.id })),
    approve: () => approve(server),
    released: (status) =>
      vi.waitFor(
        async () => {
          const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
          const latest = stageStates.at(-1)?.actionStates?.[0]?.latestExecution;
          expect(latest?.status).toBe(status);
          return latest?.errorDetails ?? {};
        },
        { timeout: 10_000, interval: 20 },
      ),
    async deployed() {
      const found = await owner
        .send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }))
        .catch(() => undefined);
      return found?.Body?.transformToString();
    },
  };
}

/** Returns the location of the only artifact in a list. */
export function placeOf(artifacts: NonNullable<Job['data']>['inputArtifacts']): Place {
  const { bucketName: Bucket = '', objectKey: Key = '' } = artifacts?.[0]?.location?.s3Location ?? {};
  return { Bucket, Key };
}

async function approve(server: TestServer): Promise<void> {
  const client = server.codePipeline();
  const names = { pipelineName, stageName: 'Review', actionName: 'Approve' };
  const token = await vi.waitFor(
    async () => {
      const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const found = stageStates.find(({ stageName }) => stageName === 'Review')?.actionStates?.[0]?.latestExecution;
      expect(found?.token).toBeDefined();
      return found?.token;
    },
    { timeout: 10_000, interval: 20 },
  );
  await client.send(new PutApprovalResultCommand({ ...names, token, result: { status: 'Approved', summary: 'seen' } }));
}
