import { expect, test } from 'vitest';
import type { Resource } from '../../src/model/resource.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

const origin = { callerArn: 'arn:aws:iam::123456789012:user/ada', accessKeyId: 'AKIA1', requestId: 'r1' };

/** What AWS keeps in other services, and who changed it. */
export function resourceCases(open: OpenStore): void {
  const bench = useBench(open);
  const repository = (name: string, url = 'https://example.com'): Resource => ({
    kind: 'Repository',
    name,
    document: { url, password: { sealed: 's' } },
  });
  const put = (...resources: Resource[]) => bench.store.resources.put(scope, resources, { at: bench.clock.at, origin });
  const subjects = async () => (await bench.store.audit.list(scope, { limit: 9 })).map(({ subject }) => subject);

  test('is stored with its version and who changed it, in its account and Region', async () => {
    await put(repository('b'), repository('a'));
    bench.clock.pass(5);
    await put(repository('a', 'https://example.com/moved'));
    await bench.reopen();
    const stored = await bench.store.resources.find(scope, 'Repository', 'a');
    expect(stored).toEqual({
      ...repository('a', 'https://example.com/moved'),
      version: 2,
      createdAt: bench.clock.at - 5,
      updatedAt: bench.clock.at,
      updatedBy: origin.callerArn,
    });
    const elsewhere = { ...scope, region: 'eu-west-1' };
    expect(await bench.store.resources.find(elsewhere, 'Repository', 'a')).toBeUndefined();
    expect(await bench.store.resources.ofKind(elsewhere, 'Repository')).toEqual([]);
    expect(await bench.store.resources.isUsed('Repository')).toBe(true);
    expect(await bench.store.resources.isUsed('EventTarget')).toBe(false);
    expect((await bench.store.resources.ofKind(scope, 'Repository')).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('is listed in pages by kind and name', async () => {
    await put(...['c', 'B', 'a'].map((name) => repository(name)));
    const first = await bench.store.resources.list(scope, { limit: 2 });
    expect(first.map(({ name }) => name)).toEqual(['B', 'a']);
    const after = { kind: 'Repository', name: 'a' };
    expect(await bench.store.resources.list(scope, { after, limit: 2 })).toMatchObject([{ name: 'c' }]);
    const { at } = bench.clock;
    const named = (name: string) => ({ name, createdAt: at, updatedAt: at });
    expect(await bench.store.resources.names(scope, 'Repository')).toEqual(['B', 'a', 'c'].map(named));
    expect(await bench.store.resources.names(scope, 'Project')).toEqual([]);
  });

  test('of a name is created once, and a call changes it as it is', async () => {
    const { resources } = bench.store;
    const by = (action: string) => ({ at: bench.clock.at, origin, action });
    expect(await resources.create(scope, repository('a'), by('CreateProject'))).toBe(true);
    const other = repository('a', 'https://example.com/other');
    expect(await resources.create(scope, other, by('CreateProject'))).toBe(false);
    const named = { kind: 'Repository', name: 'a' } as const;
    bench.clock.pass(5);
    const addUser = (username: string) =>
      resources.change(scope, named, (document) => ({ ...document, username }), by('UpdateProject'));
    expect(await addUser('ada')).toBe(true);
    expect(await addUser('ada')).toBe(true);
    expect(await resources.change(scope, { ...named, name: 'b' }, (document) => document, by('x'))).toBe(false);
    expect(await resources.find(scope, 'Repository', 'a')).toMatchObject({
      document: { url: 'https://example.com', username: 'ada' },
      version: 2,
      createdAt: bench.clock.at - 5,
      updatedAt: bench.clock.at,
    });
    const actions = (await bench.store.audit.list(scope, { limit: 9 })).map(({ action }) => action);
    expect(actions).toEqual(['UpdateProject', 'CreateProject']);
    const refuse = () => {
      throw new Error('no');
    };
    await expect(resources.change(scope, named, refuse, by('x'))).rejects.toThrow('no');
  });

  test('is deleted once, and every change is recorded', async () => {
    const by = { at: bench.clock.at, origin };
    await put(repository('a'));
    const named = { kind: 'Repository', name: 'a' } as const;
    expect(await bench.store.resources.delete(scope, named, by)).toBe(true);
    expect(await bench.store.resources.delete(scope, named, by)).toBe(false);
    const entries = await bench.store.audit.list(scope, { limit: 9 });
    expect(entries).toMatchObject([
      { action: 'DeleteResource', subject: 'Repository/a', origin },
      { action: 'ApplyResources', subject: 'Repository/a', origin },
    ]);
    const before = entries[0]?.sequence;
    expect(await bench.store.audit.list(scope, { before, limit: 9 })).toEqual(entries.slice(1));
  });

  test('beyond the limit nothing is stored, and nothing is recorded', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => repository(`r${index}`));
    await put(...many);
    await expect(put(repository('one'), repository('r1', 'https://example.com/other'))).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
    expect(await bench.store.resources.find(scope, 'Repository', 'r1')).toMatchObject({ version: 1 });
    expect(await subjects()).not.toContain('Repository/one');
  });
}
