import { CreatePipelineCommand, type Job } from '@aws-sdk/client-codepipeline';
import { ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { pollOne, startStory, threeStages } from '../pipelines/scenario.ts';
import { type EdgeServer, type LogLine, serveEdge } from '../servers/edge-server.ts';
import type { Keys } from '../servers/server.ts';
import { sign } from './request-signer.ts';
import { type RawAnswer, sendRaw } from './signed-request.ts';

/** A request to the object endpoint that is sent without any normalisation. */
export interface Attempt {
  method?: string;
  /** As sent, percent-encoded. */
  path: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Instead of the server's own name. */
  host?: string;
  keys?: Keys;
}

/** A job and the paths of its two artifacts. */
interface Holder {
  job: Job;
  keys: Keys;
  input: string;
  output: string;
}

/** A worker with the credentials of one job, and another job that it must not access. */
export interface EscapeHarness extends Holder {
  server: EdgeServer;
  neighbour: Holder;
  /** Sends a request with the job's credentials or others, with a valid signature for any path. */
  send(attempt: Attempt): Promise<RawAnswer>;
  /** Returns the error code, or `ok`, once the call is in the log. */
  outcomeOf(attempt: Attempt): Promise<string>;
  /** Returns the log line for the call of this response. */
  logLineOf(answer: RawAnswer): Promise<LogLine>;
  /** Lists all versions of all objects, to show that nothing was changed. */
  inventory(): Promise<unknown>;
}

/** Creates two pipelines, each with a claimed job; the artifact bucket is versioned. */
export async function openEscapeHarness(settings: Parameters<typeof serveEdge>[0] = {}): Promise<EscapeHarness> {
  const server = await serveEdge({ logLevel: 'trace', ...settings });
  const [client, s3] = [server.codePipeline(), server.s3()];
  await startStory(client, s3);
  const own = holderOf(await pollOne(client));
  const versioning = { Bucket: 'my-artifacts', VersioningConfiguration: { Status: 'Enabled' as const } };
  await s3.send(new PutBucketVersioningCommand(versioning));
  await s3.send(new PutObjectCommand({ Bucket: 'my-releases', Key: 'report.txt', Body: 'released before' }));
  await client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), name: 'Neighbour' } }));
  const neighbour = holderOf(await pollOne(client));
  const send = (attempt: Attempt) => sendSigned(server, { keys: own.keys, ...attempt });
  const logLineOf = (answer: RawAnswer) => findLogLine(server, answer);
  return {
    ...own,
    server,
    neighbour,
    send,
    logLineOf,
    async outcomeOf(attempt) {
      const answer = await send(attempt);
      const { outcome, level } = await logLineOf(answer);
      expect(level).toBe(30);
      // A response to HEAD has no body: only the log has the code.
      const code = /<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? (answer.status < 300 ? 'ok' : outcome);
      if (answer.status >= 300) expect(outcome).toBe(code);
      return String(code);
    },
    async inventory() {
      const list = (Bucket: string) => s3.send(new ListObjectVersionsCommand({ Bucket }));
      const lists = await Promise.all(['my-source', 'my-artifacts', 'my-releases'].map(list));
      return lists.map(({ Versions, DeleteMarkers }) => ({ Versions, DeleteMarkers }));
    },
  };
}

function holderOf(job: Job): Holder {
  const pathOf = (artifact: NonNullable<Job['data']>['inputArtifacts']) => {
    const location = artifact?.[0]?.location?.s3Location;
    return `/${location?.bucketName}/${location?.objectKey}`;
  };
  const { inputArtifacts, outputArtifacts, artifactCredentials } = job.data ?? {};
  return { job, keys: artifactCredentials as Keys, input: pathOf(inputArtifacts), output: pathOf(outputArtifacts) };
}

function sendSigned(server: EdgeServer, attempt: Attempt): Promise<RawAnswer> {
  const { method = 'GET', path, query = '', headers = {}, body = '', keys } = attempt;
  const host = attempt.host ?? new URL(server.url).host;
  const request = { method, path: canonicalPath(path), query, headers, body: Buffer.from(body) };
  const signed = sign(request, 's3', host, { keys, at: server.clock.now() });
  const target = query === '' ? path : `${path}?${query}`;
  return sendRaw(server.url, { method, path: target, headers: signed.headers, body });
}

/** Returns the canonical encoding of a path, segment by segment. */
function canonicalPath(path: string): string {
  const encodeSegment = (segment: string) =>
    encodeURIComponent(decodeURIComponent(segment)).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return path
    .replace(/^https?:\/\/[^/]+/, '')
    .split('/')
    .map(encodeSegment)
    .join('/');
}

async function findLogLine(server: EdgeServer, answer: RawAnswer): Promise<LogLine> {
  const requestId = answer.headers['x-amz-request-id'] ?? answer.headers['x-amzn-requestid'];
  const find = () => server.calls().find((line) => line.requestId === requestId);
  await expect.poll(find).toBeDefined();
  return find() as LogLine;
}
