import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { BuildOrder, BuildOutcome } from '../../../src/model/build.ts';
import { clientConfig } from '../requests/client-config.ts';
import { callOwn } from '../requests/own-api.ts';

/** A build that a test performs in place of a runner. */
export interface ScriptedBuild {
  order: BuildOrder;
  /** The client of the runner, with the credentials of the build. */
  s3: S3Client;
  /** Returns the content of the build's primary source. */
  readSource(): Promise<string>;
  /** Stores the primary artifact. */
  writeArtifact(content: string): Promise<void>;
  /** Renews the claim until the build is to end, and says why; undefined if that takes more than ten seconds. */
  untilEnd(): Promise<'stopped' | 'lost' | undefined>;
  finish(outcome?: Partial<BuildOutcome>): Promise<void>;
}

interface Claim {
  buildArn: string;
  fence: number;
  order: string;
  artifactCredentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

/** Claims the next build of a server, which must come within ten seconds. */
export async function claimBuild(url: string): Promise<ScriptedBuild> {
  const { answer } = await callOwn<{ builds: Claim[] }>(url, 'ClaimBuilds', { runner: 'scripted', waitSeconds: 10 });
  expect(answer.builds).toHaveLength(1);
  const [{ artifactCredentials, buildArn, fence, order: text }] = answer.builds as [Claim];
  const order = JSON.parse(text) as BuildOrder;
  const s3 = new S3Client(clientConfig(url, artifactCredentials));
  return {
    order,
    s3,
    async readSource() {
      if (order.source.type !== 'S3') throw new Error(`the source is of the type ${order.source.type}`);
      const { bucket: Bucket, key: Key, versionId: VersionId } = order.source;
      const object = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return (await object.Body?.transformToString()) ?? '';
    },
    async writeArtifact(Body) {
      const { bucket: Bucket, key: Key } = order.artifact ?? {};
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async untilEnd() {
      const { answer } = await callOwn(url, 'RenewBuild', { buildArn, fence, waitSeconds: 10 });
      if (answer.__type === 'BuildLeaseLostException') return 'lost';
      return answer.stopRequested === true ? 'stopped' : undefined;
    },
    async finish(outcome = {}) {
      const input = { buildArn, fence, status: 'SUCCEEDED', phases: [], ...outcome };
      const { status, answer } = await callOwn(url, 'FinishBuild', input);
      expect({ status, answer }).toMatchObject({ status: 200 });
    },
  };
}
