import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { destination, type Logger, pino } from 'pino';
import { readConfig } from '../../config/config.ts';
import { createRequestSigner } from '../../identity/signatures/request-signer.ts';
import { readProfile } from '../../installation/data-folder.ts';
import type { NewProject } from '../../local-runs/needed-projects.ts';
import type { SourceFolder } from '../../local-runs/source-folder.ts';
import type { CageName } from '../../model/build.ts';
import type { RunningServer } from '../../server/start-server.ts';
import { type LocalRunner, startLocalRunner } from '../local-runner.ts';
import { callService, type OwnApiPlace } from '../own-api.ts';
import { requestServer } from '../server-request.ts';
import { createRunFolder, removeRunFolder } from './run-folder.ts';

/** A server for one run. */
export interface ThrowAwayServer {
  /** Its folder: data, log and all. */
  folder: string;
  data: string;
  callPipelines<Output>(operation: string, input: object): Promise<Output>;
  /** Calls an operation of our own API. */
  callOwn<Output>(operation: string, input: object): Promise<Output>;
  createBucket(name: string): Promise<void>;
  /** Takes what CreateProject takes. */
  createProject(project: NewProject): Promise<unknown>;
  /** Ends it and removes its folder, unless that is kept. */
  close(): Promise<void>;
}

/** How the server of a run is set up. */
export interface ThrowAwaySettings {
  sourceFolders: ReadonlyMap<string, SourceFolder>;
  region: string;
  account: string;
  /** File of resources, which are stored at the start. */
  resources?: string;
  isKept: boolean;
  /** Whether a runner is started. */
  hasBuilds: boolean;
  /** Where the commands of builds run whose projects don't say. */
  cage: CageName;
  /** Of containers, in place of those of the projects. */
  image?: string;
}

/** Starts a server on a free port with a data folder of its own. */
export async function startThrowAwayServer(settings: ThrowAwaySettings): Promise<ThrowAwayServer> {
  const folder = await createRunFolder(settings);
  try {
    const { startServer } = await import('../../server/start-server.ts');
    const data = join(folder, 'data');
    const { account, hasBuilds, region, resources, sourceFolders } = settings;
    // Settings of the user's own server would not fit this one.
    const config = readConfig({
      flags: { data, region, account, port: '0', ...(resources && { resources }) },
      env: {},
    });
    const log = pino({ level: 'info' }, destination({ dest: join(folder, 'server.log'), sync: true }));
    const server = await startServer(config, log, { sourceFolders });
    const runner = hasBuilds ? await startRunner(server, settings, { folder, log }) : undefined;
    const place: OwnApiPlace = { url: server.url, region, keys: await readProfile(data) };
    return {
      folder,
      data,
      callPipelines: (operation, input) =>
        callService(place, { service: 'codepipeline', target: `CodePipeline_20150709.${operation}`, input }),
      callOwn: (operation, input) =>
        callService(place, { service: 'millrace', target: `Millrace.${operation}`, input }),
      createBucket: (name) => createBucket(place, name),
      createProject: (input) =>
        callService(place, { service: 'codebuild', target: 'CodeBuild_20161006.CreateProject', input }),
      async close() {
        await runner?.close();
        await server.close();
        if (!settings.isKept) await removeRunFolder(folder);
      },
    };
  } catch (error) {
    await removeRunFolder(folder);
    throw error;
  }
}

/** Starts the runner of the builds; its log goes to the folder of the server. */
async function startRunner(
  server: RunningServer,
  { cage, image }: Pick<ThrowAwaySettings, 'cage' | 'image'>,
  { folder, log }: { folder: string; log: Logger },
): Promise<LocalRunner> {
  const output = openSync(join(folder, 'runner.log'), 'a');
  const runner = startLocalRunner({
    url: server.url,
    region: server.region,
    keys: await server.createRunnerKey(),
    environment: {
      // The user runs their own code on their own machine.
      MILLRACE_ALLOW_PROCESS_BUILDS: 'on',
      MILLRACE_RUNNER_CAGE: cage,
      ...(image !== undefined && { MILLRACE_RUNNER_IMAGE: `*=${image}` }),
      // The server listens on the loopback interface.
      MILLRACE_RUNNER_CONTAINER_NETWORK: 'host',
      MILLRACE_RUNNER_STOP_GRACE: '0',
      MILLRACE_RUNNER_WORK_FOLDER: join(folder, 'builds'),
    },
    log,
    output,
  });
  return {
    ...runner,
    async close() {
      await runner.close();
      closeSync(output);
    },
  };
}

async function createBucket({ url, region, keys }: OwnApiPlace, name: string): Promise<void> {
  const path = `/${name}`;
  const sign = createRequestSigner(keys, { region, service: 's3', now: Date.now });
  const payloadHash = createHash('sha256').digest('hex');
  const signed = { host: new URL(url).host, 'x-amz-content-sha256': payloadHash };
  const headers = sign({ method: 'PUT', path, query: '', headers: signed, payloadHash });
  const { status, text } = await requestServer(new URL(path, url), { method: 'PUT', headers });
  if (status !== 200) throw new Error(`The bucket ${name} could not be created: ${text}`);
}
