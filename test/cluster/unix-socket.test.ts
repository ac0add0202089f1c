import { CodePipelineClient, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../support/databases/postgres-server.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

test('a folder is copied and a node runs through the Unix socket of a local PostgreSQL', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const outside = new pg.Client({ connectionString: postgres.url });
  await outside.connect();
  onTestFinished(() => outside.end());
  const { rows } = await outside.query('show unix_socket_directories');
  const { port, username, password } = new URL(postgres.url);
  const query = new URLSearchParams({ host: rows[0].unix_socket_directories, port, user: username, password });
  const url = `postgres:///postgres?${query}`;

  const folder = await temporaryFolder();
  expect(await (await startProcess(folder)).end('SIGTERM')).toBe(0);
  expect(await runMillrace('copy', '--from', folder, '--to', url)).toMatchObject({ code: 0 });
  const node = await startProcess(folder, ['--database-url', url]);
  const client = new CodePipelineClient(clientConfig(node.url));
  expect(await client.send(new ListPipelinesCommand({}))).toMatchObject({ pipelines: [] });
  const listening = `select count(*)::integer as listening, bool_and(client_addr is null) as "areLocal"
    from pg_stat_activity where application_name like 'millrace%'`;
  const connections = async () => (await outside.query(listening)).rows[0];
  await expect.poll(connections).toEqual({ listening: expect.any(Number), areLocal: true });
  expect((await connections()).listening).toBeGreaterThanOrEqual(2);
  expect(await node.end('SIGTERM')).toBe(0);

  const missing = url.replace(encodeURIComponent(rows[0].unix_socket_directories), '%2Fnowhere');
  const refused = await runMillrace('migrate', '--database-url', missing);
  expect(refused.complained.join('\n')).toContain('postgres at /nowhere cannot be used');
});
