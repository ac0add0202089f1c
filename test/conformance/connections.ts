import { expect, test } from 'vitest';
import { scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';

export const origin = { callerArn: 'arn:aws:iam::123456789012:user/ada', accessKeyId: 'AKIA1', requestId: 'r1' };

/** A connection to create. */
export const connection = {
  arn: 'arn:aws:codeconnections:us-east-1:123456789012:connection/c1',
  name: 'Größe',
  providerType: 'GitHub',
};

/** Connections that are created by the API. */
export function connectionCases(open: OpenStore): void {
  const bench = useBench(open);
  const create = (arn: string, where = scope) =>
    bench.store.connections.create(
      where,
      { ...connection, arn, tags: { Team: 'a' }, createdAt: bench.clock.at },
      origin,
    );

  test('is stored in its account and Region', async () => {
    await create(connection.arn);
    await bench.reopen();
    const stored = { ...connection, tags: { Team: 'a' }, createdAt: bench.clock.at };
    expect(await bench.store.connections.find(scope, connection.arn)).toEqual(stored);
    const elsewhere = { ...scope, region: 'eu-west-1' };
    expect(await bench.store.connections.find(elsewhere, connection.arn)).toBeUndefined();
    expect(await bench.store.connections.list(elsewhere)).toEqual([]);
  });

  test('is listed by ARN and deleted once, and both is recorded', async () => {
    await create('arn:b');
    await create('arn:a');
    expect((await bench.store.connections.list(scope)).map(({ arn }) => arn)).toEqual(['arn:a', 'arn:b']);
    const by = { at: bench.clock.at, origin };
    expect(await bench.store.connections.delete({ ...scope, region: 'eu-west-1' }, 'arn:a', by)).toBe(false);
    expect(await bench.store.connections.delete(scope, 'arn:a', by)).toBe(true);
    expect(await bench.store.connections.delete(scope, 'arn:a', by)).toBe(false);
    expect(await bench.store.audit.list(scope, { limit: 2 })).toMatchObject([
      { action: 'DeleteConnection', subject: 'arn:a', origin },
      { action: 'CreateConnection', subject: 'arn:a', origin },
    ]);
  });

  test('beyond the limit nothing is stored, and nothing is recorded', async () => {
    await Promise.all(Array.from({ length: 250 }, (_, index) => create(`arn:${index}`)));
    await expect(create('arn:one')).rejects.toMatchObject({ code: 'LimitExceededException' });
    expect(await bench.store.connections.find(scope, 'arn:one')).toBeUndefined();
    const [newest] = await bench.store.audit.list(scope, { limit: 1 });
    expect(newest?.subject).not.toBe('arn:one');
  });
}
