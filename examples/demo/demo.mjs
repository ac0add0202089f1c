// npm run demo: a tour of Millrace with a temporary data folder and a free port. Exits with 0 only if every step
// succeeded; the server is always stopped and the folder removed.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClients, pointEnvironmentAt } from './aws-clients.mjs';
import { countHeld, expectEqual, FailedExpectation } from './expectation.mjs';
import { playFirstRun } from './first-run.mjs';
import { playSecondRun } from './second-run.mjs';
import { serverEnd, startServer, stopServer } from './server-process.mjs';
import { createBuckets, createPipeline, registerActionType, uploadSource } from './set-up.mjs';
import { createTimeline, inMs, shorten } from './timeline.mjs';

const timeline = createTimeline({ stream: process.stdout, environment: process.env });
const interruption = new AbortController();
const endsWithinMs = 60_000;
/** What has to be closed on an early exit. */
const open = { folder: undefined, server: undefined };

async function play() {
  open.folder = await mkdtemp(join(tmpdir(), 'millrace-demo-'));
  const story = { folder: open.folder, hops: [], signal: interruption.signal, timeline };
  story.server = await openServer(join(open.folder, 'data'));

  timeline.chapter('1. Set-up, with the official SDK');
  Object.assign(story, createClients());
  await createBuckets(story);
  await registerActionType(story);
  const upload = await uploadSource(story, { message: 'price list 1.4.0' });
  const uploadedAt = timeline.elapsedMs();
  await createPipeline(story);

  timeline.chapter('2. First execution: a worker takes the job and the tests pass');
  const first = await playFirstRun(story, upload, uploadedAt);

  timeline.chapter('3. Second execution: a change breaks the tests');
  const second = await playSecondRun(story);

  timeline.chapter('4. The end');
  await closeServer();
  return { runs: [first, second], hops: story.hops };
}

async function openServer(dataFolder) {
  timeline.chapter('Millrace: two executions of one pipeline, and a job worker that only uses the AWS SDK');
  timeline.log('server', `bin/millrace start --data ${dataFolder} --port 0`);
  const server = await startServer(dataFolder, {
    onSpawn(spawned) {
      open.server = spawned;
    },
  });
  const { url, account, region, pid } = server;
  const profileFile = join(dataFolder, 'aws-credentials');
  expectEqual('The access mode of the profile', (await stat(profileFile)).mode & 0o777, 0o600);
  timeline.log('server', `ready at ${url} (process ${pid}, account ${account}, region ${region})`);
  pointEnvironmentAt({ url, region, profileFile });
  timeline.detail('AWS_ENDPOINT_URL points there, and AWS_PROFILE to the credentials in the data folder');
  return server;
}

async function closeServer() {
  const { folder, server } = open;
  expectEqual('The exit code of the server after SIGTERM', await stopServer(server), 0);
  timeline.log('server', 'stopped at SIGTERM with exit code 0');
  await rm(folder, { recursive: true, force: true });
  expectEqual('Whether the folder still exists', existsSync(folder), false);
  timeline.log('operator', 'removed the data folder');
}

function printSummary({ runs, hops }) {
  timeline.table(['execution', 'trigger', 'source version', 'tests', 'ended', 'deployed'], runs);
  timeline.table(
    ['hop', 'took'],
    hops.map(([label, ms]) => [label, inMs(ms)]),
  );
  timeline.line();
  timeline.line(
    `  Finished in ${inMs(timeline.elapsedMs())}; ${countHeld()} expectations were checked, and all of them were met.`,
  );
  timeline.line(
    '  Next, a pipeline with builds: bin/millrace run examples/shop/pipeline.yaml --source App=examples/shop',
  );
}

function explain(error) {
  const text = error instanceof FailedExpectation ? error.message : (error.stack ?? String(error));
  console.error(`\nThe demo failed: ${text}`);
  if (open.server === undefined) return;
  const { log } = open.server;
  if (serverEnd(open.server) !== undefined) console.error(`The server had ended: ${serverEnd(open.server)}.`);
  if (log.length > 0)
    console.error(`\nLast lines of the server's log:\n${log.map((line) => shorten(line, 500)).join('\n')}`);
}

/** Stops the server and removes the folder, however far the demo got. */
async function cleanUp() {
  if (open.server) await stopServer(open.server);
  if (open.folder) await rm(open.folder, { recursive: true, force: true, maxRetries: 3 });
}

let isInterrupted = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, async () => {
    if (isInterrupted) process.exit(128 + constants.signals[name]);
    isInterrupted = true;
    interruption.abort();
    await cleanUp();
    process.exit(128 + constants.signals[name]);
  });
}
// The last resort, if the clean-up was interrupted.
process.on('exit', () => {
  if (open.server && serverEnd(open.server) === undefined) open.server.child.kill('SIGKILL');
  if (open.folder) rmSync(open.folder, { recursive: true, force: true, maxRetries: 3 });
});

async function failWith(error) {
  explain(error);
  interruption.abort();
  await cleanUp();
  process.exit(1);
}

// Every wait has its own limit; this one is for a call that never returns.
const overdue = () => failWith(new FailedExpectation('The whole demo', `within ${endsWithinMs / 1000} s`, 'not yet'));
setTimeout(overdue, endsWithinMs).unref();

try {
  printSummary(await play());
} catch (error) {
  if (!interruption.signal.aborted) await failWith(error);
}
