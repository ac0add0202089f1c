import { describe, expect, test } from 'vitest';
import type { Webhook } from '../../src/model/sources/webhook.ts';
import { ruleCatalogue } from '../support/pipelines/conditions.ts';
import { actionType, buildType, scope } from '../support/pipelines/declarations.ts';
import { type OpenStore, useBench } from './bench.ts';
import type { Steps } from './steps.ts';

const rootOf = (index: number) => ({
  accessKeyId: `AKIAROOT${index}`,
  account: scope.account,
  name: 'root',
  sealedSecret: 'sealed',
  createdAt: 1,
  isRoot: true,
  policies: [],
  bounds: [],
});

/** Rows besides executions, written by several nodes concurrently. */
export function rowRaces(open: OpenStore): void {
  const bench = useBench(open);

  /** Runs the same on three nodes, several times each, all concurrently. */
  async function onNodes<Result>(times: number, call: (node: Steps, index: number) => Promise<Result>) {
    const nodes = [bench, await bench.another(), await bench.another()];
    return Promise.all(
      Array.from({ length: times * nodes.length }, (_, index) => call(nodes[index % nodes.length] ?? bench, index)),
    );
  }

  describe('counted rows', () => {
    test('three nodes that start concurrently on an empty database create one root key', async () => {
      await onNodes(2, ({ store }, index) => store.accessKeys.insertFirstRoot(rootOf(index)));
      expect(await bench.store.accessKeys.list(scope.account)).toHaveLength(1);
    });

    test('of all root keys deleted concurrently the last one stays', async () => {
      for (let index = 0; index < 6; index += 1) await bench.store.accessKeys.insert(rootOf(index));
      const deleted = await onNodes(2, ({ store }, index) =>
        store.accessKeys.delete(scope.account, rootOf(index).accessKeyId),
      );
      expect(deleted.filter((isDeleted) => isDeleted)).toHaveLength(5);
      expect(await bench.store.accessKeys.list(scope.account)).toHaveLength(1);
    });

    test('webhooks never exceed their limit', async () => {
      const hook = (name: string): Webhook => ({
        id: `id of ${name}`,
        ...scope,
        definition: {
          name,
          targetPipeline: 'Mill',
          targetAction: 'Fetch',
          filters: [],
          authentication: 'UNAUTHENTICATED',
          authenticationConfiguration: {},
        },
        createdAt: 0,
        updatedAt: 0,
      });
      const limit = 4;
      const put = await onNodes(4, ({ store }, index) => store.webhooks.put(hook(`Hook${index}`), {}, limit));
      expect(put.filter((kept) => kept !== 'full')).toHaveLength(limit);
      expect(await bench.store.webhooks.list(scope, { afterName: '', limit: 99 })).toHaveLength(limit);
    });
  });

  describe('unique rows', () => {
    test('one value of a setting stays, and all nodes return it', async () => {
      const responses = await onNodes(3, ({ store }, index) => store.keepSetting('key', `value ${index}`));
      expect(new Set(responses)).toEqual(new Set([await bench.store.findSetting('key')]));
    });

    test('one pipeline gets a name', async () => {
      const ids = await onNodes(2, ({ create }) => create().then(({ id }) => id));
      const found = await bench.store.pipelines.find(scope, 'Mill');
      expect(ids).toContain(found?.id);
      expect(await bench.store.pipelines.count(scope)).toBe(1);
      expect(await bench.claim()).toHaveLength(1);
    });

    test('one node inserts a custom type, and one restores a deleted one', async () => {
      const type = actionType({ provider: 'New' });
      const insert = () => onNodes(2, ({ store }) => store.actionTypes.insert(scope, type, {}, 1));
      const isDone = (answer: boolean) => answer;
      expect((await insert()).filter(isDone)).toHaveLength(1);
      const deleted = await onNodes(2, ({ store }) => store.actionTypes.delete(scope, type.definition.id, 2));
      expect(deleted.filter(isDone)).toHaveLength(1);
      expect((await insert()).filter(isDone)).toHaveLength(1);
    });

    test('a partner registers a type once, and the audience is that of the stored declaration', async () => {
      const id = { category: 'Build', owner: 'ThirdParty', provider: 'Acme', version: '1' } as const;
      const declaration = {
        id,
        executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} } },
        inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
        outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
      } as const;
      const allowing = (account: string) => ({ ...declaration, permissions: { allowedAccounts: [account] } });
      const accountOf = (index: number) => String(100_000_000_000 + index);
      const made = await onNodes(2, ({ store }, index) =>
        store.registeredTypes.insert({ ...scope, declaration: allowing(accountOf(index)) }, 1),
      );
      expect(made.filter((isMade) => isMade)).toHaveLength(1);
      await onNodes(2, ({ store }, index) =>
        store.registeredTypes.update(scope.region, id, () => allowing(accountOf(index))),
      );
      const kept = await bench.store.registeredTypes.find(scope.region, id);
      const seenBy = [];
      for (let index = 0; index < 6; index += 1) {
        const account = accountOf(index);
        if (await bench.store.actionTypes.find({ ...scope, account }, id)) seenBy.push(account);
      }
      expect(seenBy).toEqual(kept?.declaration.permissions?.allowedAccounts);
    });

    test('all clients of a partner are stored, and each is deleted once', async () => {
      const client = (index: number) => ({
        id: `client ${index}`,
        region: scope.region,
        typeKey: 'key',
        account: scope.account,
        tokenDigest: 'digest',
        createdAt: 1,
      });
      await onNodes(2, ({ store }, index) => store.thirdPartyClients.insert(client(index)));
      expect(await bench.store.thirdPartyClients.list(scope.region, 'key')).toHaveLength(6);
      const deleted = await onNodes(2, ({ store }) =>
        store.thirdPartyClients.delete(scope.region, 'key', client(0).id),
      );
      expect(deleted.filter((isDeleted) => isDeleted)).toHaveLength(1);
    });
  });

  describe('replaced rows', () => {
    const providers = ['A', 'B', 'C', 'D'];
    const versions = [0, 1, 2].map((version) =>
      providers.slice(version, version + 2).map((provider) => actionType({ owner: 'AWS', provider })),
    );

    test('the built-in types are exactly those of one node, even among nodes of several versions', async () => {
      for (let round = 0; round < 5; round += 1) {
        await onNodes(1, ({ store }, index) => store.actionTypes.replaceBuiltIn(versions[index] ?? []));
        const found = await bench.store.actionTypes.list(scope, { owner: 'AWS', afterKey: '', limit: 99 });
        expect(versions).toContainEqual([
          expect.objectContaining({ definition: found[0]?.definition }),
          expect.objectContaining({ definition: found[1]?.definition }),
        ]);
        expect(found).toHaveLength(2);
      }
    });

    test('so are the rule types', async () => {
      const replaced = onNodes(5, ({ store }) => store.ruleTypes.replace(ruleCatalogue));
      await expect(replaced).resolves.toHaveLength(15);
    });

    test('changes of tags are serialized', async () => {
      await bench.create();
      const resources = [
        { kind: 'pipeline', name: 'Mill' },
        { kind: 'actionType', id: buildType.definition.id },
      ] as const;
      for (const resource of resources) {
        await onNodes(3, ({ store }, index) =>
          store.tags.change(scope, resource, (tags) => ({ ...tags, [`Key${index}`]: 'v' })),
        );
        expect(Object.keys((await bench.store.tags.find(scope, resource)) ?? {})).toHaveLength(9);
      }
    });

    test('a pipeline gets a version for each of many updates, each based on the one before', async () => {
      await bench.create();
      await onNodes(3, ({ store }, index) =>
        store.pipelines.update(
          scope,
          'Mill',
          (current) => ({ ...current, variables: [...(current.variables ?? []), { name: `V${index}` }] }),
          () => ({ changes: [], answer: undefined }),
        ),
      );
      const pipeline = await bench.store.pipelines.find(scope, 'Mill');
      expect(pipeline?.version).toBe(10);
      const last = await bench.store.pipelines.declaration(pipeline?.id ?? '', 10);
      expect(last?.variables).toHaveLength(9);
    });
  });
}
