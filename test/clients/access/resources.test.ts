import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runMillrace } from '../../support/requests/command-line.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { serve } from '../../support/servers/server.ts';

const repository = (name: string, document: object) => ({
  kind: 'Repository',
  name,
  document: JSON.stringify(document),
});
const shop = repository('shop', { url: 'https://example.com/shop.git', password: 'hush' });

interface Changes {
  changes: { name: string; outcome: string; differences: { member: string; before?: string; after?: string }[] }[];
}

test('resources are stored, shown without their secrets, listed and deleted, and the audit log says by whom', async () => {
  const { url } = await serve();
  const call = <Answer>(operation: string, input: object) => callOwn<Answer>(url, operation, input);
  const dry = await call<Changes>('ApplyResources', { resources: [shop], dryRun: true });
  expect(dry.answer.changes).toEqual([
    {
      kind: 'Repository',
      name: 'shop',
      outcome: 'Created',
      differences: [
        { member: 'url', after: 'https://example.com/shop.git' },
        { member: 'password', after: '(secret)' },
      ],
    },
  ]);
  expect((await call('GetResource', { kind: 'Repository', name: 'shop' })).answer).toMatchObject({
    __type: 'ResourceNotFoundException',
  });
  await call('ApplyResources', { resources: [shop] });
  const again = await call<Changes>('ApplyResources', { resources: [shop] });
  expect(again.answer.changes).toMatchObject([{ outcome: 'Unchanged', differences: [] }]);
  const moved = repository('shop', { url: 'https://example.com/moved.git', password: 'other' });
  const { answer } = await call<Changes>('ApplyResources', { resources: [moved] });
  expect(answer.changes).toMatchObject([
    {
      outcome: 'Updated',
      differences: [
        { member: 'url', before: 'https://example.com/shop.git', after: 'https://example.com/moved.git' },
        { member: 'password', before: '(secret)', after: '(secret)' },
      ],
    },
  ]);
  await call('ApplyResources', { resources: [repository('tools', { url: 'https://example.com/tools.git' })] });
  const page = await call<{ resources: { name: string; version: number; document: string }[]; nextToken: string }>(
    'ListResources',
    { maxResults: 1 },
  );
  expect(page.answer.resources).toMatchObject([{ name: 'shop', version: 2 }]);
  expect(page.answer.resources[0]?.document).not.toContain('other');
  const rest = await call('ListResources', { nextToken: page.answer.nextToken });
  expect(rest.answer).toMatchObject({ resources: [{ name: 'tools' }] });
  expect(rest.answer).not.toHaveProperty('nextToken');
  expect((await call('DeleteResource', { kind: 'Repository', name: 'tools' })).status).toBe(200);
  expect((await call('DeleteResource', { kind: 'Repository', name: 'tools' })).answer).toMatchObject({
    __type: 'ResourceNotFoundException',
  });
  const audit = await call('ListAuditEntries', {});
  expect(audit.answer).toMatchObject({
    entries: [
      { action: 'DeleteResource', subject: 'Repository/tools', callerArn: expect.stringContaining(':root') },
      { action: 'ApplyResources', subject: 'Repository/tools' },
      { action: 'ApplyResources', subject: 'Repository/shop' },
      { action: 'ApplyResources', subject: 'Repository/shop' },
    ],
  });
  for (const operation of ['ListResources', 'ListAuditEntries']) {
    expect((await call(operation, { nextToken: 'forged' })).answer).toMatchObject({ __type: 'ValidationException' });
  }
  expect((await call('GetResource', { kind: 'Garden', name: 'x' })).answer).toMatchObject({
    __type: 'ValidationException',
  });
  expect((await call('DeleteResource', { kind: 'Garden', name: 'x' })).answer).toMatchObject({
    __type: 'ValidationException',
  });
});

test('all mistakes are reported at once, and nothing is stored', async () => {
  const { url } = await serve();
  const resources = [
    repository('-', { url: 'https://user:secret@example.com' }),
    repository('shop', { url: 'git@example.com:shop.git', colour: 'green', password: 'x' }),
    repository('shop', {}),
    { kind: 'Repository', name: 'text', document: '[]' },
  ];
  const { answer } = await callOwn<{ __type: string; message: string }>(url, 'ApplyResources', { resources });
  expect(answer.__type).toBe('ValidationException');
  expect(answer.message.split('\n')).toEqual([
    "Repository '-': a name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.",
    "Repository '-': url: it has a user name or a password: give credentials beside it, not in it.",
    expect.stringContaining("Repository 'shop': A Repository has no member 'colour'. It has url,"),
    "Repository 'shop': password: a password needs an http or https URL.",
    expect.stringContaining("Repository 'shop': knownHosts: an ssh URL needs the known hosts"),
    expect.stringContaining("Repository 'shop': The member 'url' is missing"),
    "Repository 'text': the document is not a JSON object.",
    "Repository 'shop' is there more than once.",
  ]);
  expect((await callOwn(url, 'ListResources', {})).answer).toEqual({ resources: [] });
});

test('there is a limit to the resources of a kind', async () => {
  const { url } = await serve();
  const many = Array.from({ length: 1000 }, (_, index) => repository(`r${index}`, { url: 'https://example.com' }));
  expect((await callOwn(url, 'ApplyResources', { resources: many })).status).toBe(200);
  expect((await callOwn(url, 'ApplyResources', { resources: [shop] })).answer).toMatchObject({
    __type: 'LimitExceededException',
  });
});

test('a key needs the permission, and only a root key can name the disk of the server', async () => {
  const { url } = await serve();
  const reader = await createKey(url, 'reader', ['millrace:ListResources']);
  const names = { kind: 'Repository', name: 'shop' };
  for (const [operation, input] of [
    ['ApplyResources', { resources: [shop] }],
    ['GetResource', names],
    ['DeleteResource', names],
    ['ListAuditEntries', {}],
  ] as const) {
    expect((await callOwn(url, operation, input, reader)).answer).toMatchObject({ __type: 'AccessDeniedException' });
  }
  expect((await callOwn(url, 'ListResources', {}, reader)).status).toBe(200);
  const outsider = await createKey(url, 'outsider', ['codepipeline:*']);
  expect((await callOwn(url, 'ListResources', {}, outsider)).answer).toMatchObject({ __type: 'AccessDeniedException' });
  const writer = await createKey(url, 'writer', ['millrace:*']);
  const disk = { resources: [repository('disk', { url: 'file:///etc' })] };
  expect((await callOwn(url, 'ApplyResources', disk, writer)).answer).toMatchObject({ __type: 'ValidationException' });
  expect((await callOwn(url, 'ApplyResources', disk)).status).toBe(200);
});

test('the commands apply a file with its differences, and list, show, delete and audit resources', async () => {
  const server = await serve();
  const file = join(server.folder, 'millrace.yaml');
  const run = (...args: string[]) => runMillrace(...args, '--data', server.folder);
  await writeFile(
    file,
    'repositories:\n  - name: shop\n    url: https://example.com/shop.git\n    password: { file: pw }\n',
  );
  expect(await run('apply', '-f', file)).toMatchObject({
    code: 2,
    complained: expect.arrayContaining([expect.stringContaining(`${file}:4: password: its file cannot be read`)]),
  });
  await writeFile(join(server.folder, 'pw'), 'hush\n');
  const created = ['+ Repository shop', '    url: https://example.com/shop.git', '    password: (secret)'];
  expect((await run('apply', '-f', file, '--dry-run')).printed).toEqual([
    ...created,
    '1 to create, 0 to update, 0 unchanged.',
    'Nothing was changed, because of --dry-run.',
  ]);
  expect((await run('resources', 'list')).printed).toEqual([]);
  expect((await run('apply', '-f', file)).printed).toEqual([...created, '1 to create, 0 to update, 0 unchanged.']);
  await writeFile(file, 'repositories:\n  - name: shop\n    url: https://example.com/new.git\n');
  expect((await run('apply', '-f', file)).printed).toEqual([
    '~ Repository shop',
    '    url: https://example.com/shop.git -> https://example.com/new.git',
    '    password: (secret) -> (none)',
    '0 to create, 1 to update, 0 unchanged.',
  ]);
  expect((await run('resources', 'list')).printed).toEqual([
    expect.stringMatching(/^Repository {2}shop {2}version 2 {2}/),
  ]);
  expect(JSON.parse((await run('resources', 'show', 'Repository', 'shop')).printed.join('\n'))).toEqual({
    url: 'https://example.com/new.git',
  });
  expect((await run('resources', 'delete', 'Repository', 'shop')).code).toBe(0);
  expect(await run('resources', 'show', 'Repository', 'shop')).toMatchObject({
    code: 1,
    complained: [expect.stringContaining("There is no Repository with the name 'shop'.")],
  });
  expect((await run('resources', 'show', 'Garden', 'shop')).code).toBe(2);
  expect((await run('audit')).printed).toHaveLength(3);
});
