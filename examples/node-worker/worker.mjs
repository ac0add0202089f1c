// A custom job worker that counts the words of its input artifact. In a project, `millrace/worker` comes from
// `npm install millrace`; here it resolves to this repository. Endpoint, region and keys come from the
// environment, as set by `eval "$(millrace env)"`; for AWS, leave AWS_ENDPOINT_URL unset.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobWorker, JobFailure } from 'millrace/worker';

const worker = createJobWorker({
  actionType: { category: 'Test', provider: 'JenkinsProviderName', version: '1' },
  query: { ProjectName: 'JenkinsTestProject' },
  endpoint: process.env.AWS_ENDPOINT_URL,
  concurrency: 2,
  log: console,
  perform: countWords,
});

async function countWords(job) {
  job.progress({ summary: `Reading ${job.configuration.ProjectName}` });
  const folder = await mkdtemp(join(tmpdir(), 'word-count-'));
  try {
    await job.input().unpack(folder);
    const words = await wordsBelow(folder, job.signal);
    if (words === 0) throw new JobFailure('ConfigurationError', 'The artifact has no words.');
    await job.output().write(JSON.stringify({ words }), 'application/json');
    job.progress({ summary: `${words} words`, percentComplete: 100 });
    return { outputVariables: { Words: String(words) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wordsBelow(folder, signal) {
  let words = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // The signal fires when the worker or the execution is stopped, so the rest needn't be done.
    signal.throwIfAborted();
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    words += text.split(/\s+/).filter((word) => word !== '').length;
  }
  return words;
}

// The first Ctrl-C lets running jobs finish, a second one fails them immediately.
let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    if (isStopping) worker.stopNow();
    else worker.stop();
    isStopping = true;
  });
}
worker.start();
const { unreported } = await worker.ended;
process.exitCode = unreported > 0 ? 3 : 0;
