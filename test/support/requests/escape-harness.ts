import { CreatePipelineCommand, type Job } from '@aws-sdk/client-codepipeline';
import { ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { sign } from '../../wire/sign.ts';
import { pollOne, startStory, threeStages } from '../pipelines/scenario.ts';
import { type EdgeServer, type LogLine, serveEdge } from '../servers/edge-server.ts';
import type { Keys } from '../servers/server.ts';
import { type RawAnswer, sendRaw } from './signed-request.ts';

/** A request to the object endpoint as its bytes are: nothing of it is tidied up on the way. */
export interface Attempt {
  method?: string;
  /** As it travels, percent-encoded. */
  path: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Instead of the server's own name. */
  host?: string;
  keys?: Keys;
}

/** Where the two artifacts of a job are, as paths. */
interface Holder {
  job: Job;
  keys: Keys;
  input: string;
  output: string;
}

/** A worker with one job's credentials, and what it has no business with. */
export interface EscapeWorld extends Holder {
  server: EdgeServer;
  neighbour: Holder;
  /** Sends a request with the job's credentials or others; signed right, however odd its path is. */
  send(attempt: Attempt): Promise<RawAnswer>;
  /** The code of the answer, `ok` if it was not refused; after its line has been found in the log. */
  outcomeOf(attempt: Attempt): Promise<string>;
  /** The line about the call of this answer. */
  logLineOf(answer: RawAnswer): Promise<LogLine>;
  /** Every version of every object, to show that nothing was changed. */
  inventory(): Promise<unknown>;
}

/** Two pipelines, each with a job that a worker has polled; the bucket of artifacts keeps versions. */
export async function openEscapeWorld(settings: Parameters<typeof serveEdge>[0] = {}): Promise<EscapeWorld> {
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
      // The answer to HEAD has no body: the log alone knows the code.
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

/** What is signed for a path: each segment in the one encoding that both sides agree on. */
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
