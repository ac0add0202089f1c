import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodePipelineClient,
  GetJobDetailsCommand,
  GetPipelineExecutionCommand,
  ListPipelineExecutionsCommand,
  PutJobSuccessResultCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { withFile } from '../support/databases/sqlite-file.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import {
  fillInstallation,
  type HeldJob,
  readInstallation,
  settleInstallation,
} from '../support/servers/full-installation.ts';
import { clientConfig } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
// Keeps the URLs of webhooks the same before and after.
const options = ['--public-url', 'https://mill.example.org'];

vi.setConfig({ testTimeout: 60_000 });

const clientsOf = ({ url }: ServerProcess) => ({
  url,
  codePipeline: new CodePipelineClient(clientConfig(url)),
  s3: new S3Client(clientConfig(url)),
});

/** Creates a folder filled by a server, and reads its last responses. */
async function filledFolder() {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, options);
  const held = await fillInstallation(clientsOf(server));
  await settleInstallation(clientsOf(server));
  const before = await readInstallation(clientsOf(server));
  expect(await server.end('SIGTERM')).toBe(0);
  return { folder, held, before };
}

async function database(parts?: { isEmpty: boolean }) {
  const made = await createDatabase(parts);
  onTestFinished(() => made.drop());
  const client = new pg.Client({ connectionString: made.url });
  await client.connect();
  onTestFinished(() => client.end());
  return { url: made.url, client };
}

/** Counts the rows of each table; empty tables are left out. */
async function rowsIn(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query(
    "select table_name from information_schema.tables where table_schema = 'public' and table_name <> 'schema_versions'",
  );
  const counted: Record<string, number> = {};
  for (const { table_name: name } of rows) {
    const { rows: found } = await client.query(`select count(*)::int as count from ${name}`);
    if (found[0].count > 0) counted[name] = found[0].count;
  }
  return counted;
}

async function finish(server: ServerProcess, { job, keys, output }: HeldJob): Promise<void> {
  const { codePipeline } = clientsOf(server);
  const worker = new S3Client(clientConfig(server.url, keys));
  const { bucketName, objectKey } = job.data.inputArtifacts?.[0]?.location?.s3Location ?? {};
  const input = await worker.send(new GetObjectCommand({ Bucket: bucketName, Key: objectKey }));
  expect(await input.Body?.transformToString()).toBe('the source');
  await worker.send(new PutObjectCommand({ ...output, Body: 'all green' }));
  const { jobDetails } = await codePipeline.send(new GetJobDetailsCommand({ jobId: job.id }));
  expect(jobDetails?.data?.actionConfiguration?.configuration).toMatchObject({ Token: 'hidden' });
  await codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
}

test('a copied installation continues in PostgreSQL: same responses, same jobs, same credentials', async () => {
  const { folder, held, before } = await filledFolder();
  const { url, client } = await database({ isEmpty: true });
  const copied = await runMillrace('copy', '--from', folder, '--to', url);
  // A copy that takes longer, as on a busy machine, reports its progress.
  const complaints = copied.complained.filter((line) => !/^copying \w+: \d+ rows so far$/.test(line));
  expect({ code: copied.code, complaints }).toEqual({ code: 0, complaints: [] });
  const rows = await rowsIn(client);
  for (const [name, count] of Object.entries(rows)) {
    expect(copied.printed).toContainEqual(expect.stringMatching(new RegExp(`^${name} +${count}$`)));
  }
  expect(copied.printed.join('\n')).toContain(join(folder, 'master-keys.json'));

  const server = await startProcess(folder, [...options, '--database-url', url]);
  const after = await readInstallation(clientsOf(server));
  expect(after).toEqual(before);
  await finish(server, held);
  const { codePipeline } = clientsOf(server);
  const { pipelineExecutionId } = await codePipeline.send(new StartPipelineExecutionCommand({ name: 'PARALLEL' }));
  const list = await codePipeline.send(new ListPipelineExecutionsCommand({ pipelineName: 'PARALLEL' }));
  expect(list.pipelineExecutionSummaries?.[0]?.pipelineExecutionId).toBe(pipelineExecutionId);
  expect(list.pipelineExecutionSummaries).toHaveLength(5);
  const { pipelineExecution } = await codePipeline.send(
    new GetPipelineExecutionCommand({ pipelineName: 'PARALLEL', pipelineExecutionId }),
  );
  expect(pipelineExecution?.status).toBe('InProgress');
});

test('sequence numbers of deleted rows are not reused', async () => {
  const folder = await temporaryFolder();
  await (await startProcess(folder)).end('SIGTERM');
  await withFile(folder, (file) => file.exec("insert into sqlite_sequence (name, seq) values ('executions', 4711)"));
  const { url, client } = await database();
  expect(await runMillrace('copy', '--from', folder, '--to', url)).toMatchObject({ code: 0 });
  const { rows } = await client.query("select nextval(pg_get_serial_sequence('executions', 'sequence'))::int as next");
  expect(rows).toEqual([{ next: 4712 }]);
});

test('after the copy no server starts on the old state until its marker is removed', async () => {
  const folder = await temporaryFolder();
  await (await startProcess(folder)).end('SIGTERM');
  const [{ url }, other] = [await database(), await database()];
  await runMillrace('copy', '--from', folder, '--to', url);
  const name = `${new URL(url).pathname.slice(1)} at ${new URL(url).host}`;
  await expect(startProcess(folder)).rejects.toThrow(`was copied to the database ${name}`);
  const again = await runMillrace('copy', '--from', folder, '--to', other.url);
  expect(again).toMatchObject({ code: 1, complained: [expect.stringContaining('moved-to-database')] });
  expect(await rowsIn(other.client)).toEqual({});
  expect(await runMillrace('migrate', '--data', folder)).toMatchObject({ code: 1 });
  await rm(join(folder, 'moved-to-database'));
  expect(await (await startProcess(folder)).end('SIGTERM')).toBe(0);
});

test('a copy that is killed halfway leaves nothing, and the next one copies everything', async () => {
  const { folder } = await filledFolder();
  const { url, client } = await database();
  // One of the last tables waits for a lock held by this test, so that the copy stops with most rows written.
  await client.query('select pg_advisory_lock(42)');
  await client.query(`create function block_insert() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(42); return new; end $$`);
  await client.query('create trigger still before insert on jobs for each row execute function block_insert()');
  const copy = spawn(process.execPath, [program, 'copy', '--from', folder, '--to', url], { stdio: 'ignore' });
  const exited = once(copy, 'exit');
  const waiting = async () => {
    const { rows } = await client.query("select pid from pg_locks where locktype = 'advisory' and not granted");
    expect(rows).toHaveLength(1);
    return rows[0].pid as number;
  };
  const pid = await vi.waitFor(waiting, { timeout: 20_000, interval: 20 });
  copy.kill('SIGKILL');
  await exited;
  await client.query('select pg_advisory_unlock(42)');
  await vi.waitFor(
    async () => {
      const { rows } = await client.query('select 1 from pg_stat_activity where pid = $1', [pid]);
      expect(rows).toEqual([]);
    },
    { timeout: 20_000, interval: 20 },
  );
  expect(await rowsIn(client)).toEqual({});
  expect(existsSync(join(folder, 'moved-to-database'))).toBe(false);
  await client.query('drop function block_insert cascade');
  expect(await runMillrace('copy', '--from', folder, '--to', url)).toMatchObject({ code: 0 });
  expect(await rowsIn(client)).toMatchObject({ pipelines: 3, access_keys: 1 });
});

test('rejects a folder in use, a database with an installation, a missing state and missing keys', async () => {
  const folder = await temporaryFolder();
  const { url, client } = await database();
  const copy = (...args: string[]) => runMillrace('copy', '--from', folder, ...args);
  const refused = async (...words: string[]) => {
    const { code, complained } = await copy('--to', url);
    expect(code).toBe(1);
    expect(complained).toHaveLength(1);
    for (const word of words) expect(complained[0]).toContain(word);
  };
  await refused('holds no state');
  expect(existsSync(join(folder, 'millrace.sqlite'))).toBe(false);
  const server = await startProcess(folder);
  await refused('is in use by another Millrace');
  await server.end('SIGTERM');
  const keys = await readFile(join(folder, 'master-keys.json'));
  await rm(join(folder, 'master-keys.json'));
  await refused('master keys are missing');
  await writeFile(join(folder, 'master-keys.json'), keys);
  await client.query("insert into settings (name, value) values ('account', '123456789012')");
  await refused('holds an installation already', 'settings', new URL(url).host);
  expect(await rowsIn(client)).toEqual({ settings: 1 });
  await client.query('insert into schema_versions (version) values (9999)');
  await refused('written by a newer Millrace (schema 9999');
  expect(await copy()).toMatchObject({ code: 2, complained: [expect.stringContaining('--to')] });
  const secret = await copy('--to', 'mysql://someone:s3cret@127.0.0.1/millrace');
  expect(secret.code).toBe(2);
  expect(secret.complained.join()).not.toContain('s3cret');
});

test('names a text with U+0000 and copies nothing', async () => {
  const folder = await temporaryFolder();
  await (await startProcess(folder)).end('SIGTERM');
  await withFile(folder, (file) => file.exec("insert into settings values ('note', 'a' || char(0) || 'b')"));
  const { url, client } = await database();
  const { code, complained } = await runMillrace('copy', '--from', folder, '--to', url);
  expect(code).toBe(1);
  expect(complained).toEqual([
    expect.stringMatching(/settings has a row .* U\+0000.*column value where name = "note"/),
  ]);
  expect(await rowsIn(client)).toEqual({});
});

test('rejects master keys that cannot open the stored secrets before copying anything', async () => {
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  for (const one of [folder, other]) await (await startProcess(one)).end('SIGTERM');
  const { url, client } = await database();
  const args = ['--from', folder, '--to', url, '--master-keys', join(other, 'master-keys.json')];
  const { code, complained } = await runMillrace('copy', ...args);
  expect([code, complained]).toEqual([1, [expect.stringContaining('do not open what is stored')]]);
  expect(await rowsIn(client)).toEqual({});
});
