import { beforeEach, describe, expect, test } from 'vitest';
import type { ActionTypeDeclaration } from '../../src/contract/generated.ts';
import { actionTypeKey } from '../../src/model/action-type.ts';
import { firstNonce, newestNonce } from '../../src/model/job.ts';
import { partnerKey } from '../../src/model/queue-key.ts';
import type { ThirdPartyClient } from '../../src/model/registered-type.ts';
import { catalogued, declaredTypeId } from '../../src/model/registered-type.ts';
import { action, actionType, declare, scope, source, stage } from '../support/pipelines/declarations.ts';
import { continuationDelayMs, leaseMs, type OpenStore, useBench } from './bench.ts';

const declaration: ActionTypeDeclaration = {
  id: { category: 'Build', owner: 'ThirdParty', provider: 'Acme', version: '1' },
  executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} }, jobTimeout: 600 },
  inputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
  outputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
};
const id = declaredTypeId(declaration);
const typeKey = actionTypeKey(id);
const foreign = { account: '210987654321', region: scope.region };
const elsewhere = { account: scope.account, region: 'eu-west-1' };

/** Action types registered by partners, their clients, and the jobs of those clients. */
export function thirdPartyCases(open: OpenStore): void {
  const bench = useBench(open);
  const allowing = (...allowedAccounts: string[]) => ({ ...declaration, permissions: { allowedAccounts } });
  const insert = (declared: ActionTypeDeclaration, where = scope) =>
    bench.store.registeredTypes.insert({ ...where, declaration: declared }, bench.clock.at);
  const find = (where: typeof scope) => bench.store.actionTypes.find(where, id);
  const keysOf = async (where: typeof scope) =>
    (await bench.store.actionTypes.list(where, { owner: 'ThirdParty', afterKey: '', limit: 9 })).map(({ key }) => key);

  describe('registered types', () => {
    test('are visible to their own account and those they allow, in their region', async () => {
      expect(await insert(allowing(foreign.account))).toBe(true);
      const type = JSON.parse(JSON.stringify(catalogued(declaration)));
      for (const where of [scope, foreign]) {
        expect(await find(where)).toEqual(type);
        expect(await bench.store.actionTypes.findAll(where, [id])).toEqual([type]);
        expect(await keysOf(where)).toEqual([typeKey]);
      }
      for (const where of [elsewhere, { ...foreign, account: '333333333333' }]) {
        expect(await find(where)).toBeUndefined();
        expect(await bench.store.actionTypes.findAll(where, [id])).toEqual([]);
        expect(await keysOf(where)).toEqual([]);
      }
    });

    test('that allow * are visible to every account, until an update removes it', async () => {
      await insert(allowing('*'));
      expect(await find(foreign)).toBeDefined();
      const { registeredTypes } = bench.store;
      expect(await registeredTypes.update(scope.region, id, () => ({ ...declaration, description: 'ours' }))).toBe(
        true,
      );
      expect(await find(foreign)).toBeUndefined();
      expect(await registeredTypes.find(scope.region, id)).toEqual({
        ...scope,
        declaration: { ...declaration, description: 'ours' },
      });
      expect(await registeredTypes.update(elsewhere.region, id, () => declaration)).toBe(false);
    });

    test('have a unique id across accounts and built-in types', async () => {
      await bench.store.actionTypes.replaceBuiltIn([actionType({ owner: 'ThirdParty', provider: 'GitHub' })]);
      expect(await insert({ ...declaration, id: { ...id, provider: 'GitHub' } })).toBe(false);
      const answers = await Promise.all([scope, foreign, scope, foreign].map((where) => insert(declaration, where)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await insert(declaration, elsewhere)).toBe(true);
      await bench.store.actionTypes.replaceBuiltIn([]);
      expect(await bench.store.registeredTypes.find(scope.region, id)).toBeDefined();
      expect(await bench.store.actionTypes.countCustom(scope)).toBe(3);
    });

    test('that are deregistered can be registered again only by their account', async () => {
      await insert(declaration);
      const { registeredTypes } = bench.store;
      expect(await registeredTypes.list(scope)).toHaveLength(1);
      const deregister = (where: typeof scope) => registeredTypes.deregister(where, id, bench.clock.at);
      expect(await deregister(foreign)).toBe(false);
      expect(await deregister(scope)).toBe(true);
      expect(await deregister(scope)).toBe(false);
      expect([await find(scope), await keysOf(scope), await registeredTypes.list(scope)]).toEqual([undefined, [], []]);
      expect((await registeredTypes.find(scope.region, id))?.isDeregistered).toBe(true);
      expect(await registeredTypes.update(scope.region, id, () => declaration)).toBe(false);
      expect(await insert(declaration, foreign)).toBe(false);
      const changed = { ...declaration, description: 'again' };
      expect(await insert(changed)).toBe(true);
      expect(await registeredTypes.find(scope.region, id)).toEqual({ ...scope, declaration: changed });
    });
  });

  describe('clients', () => {
    const client = (clientId: string, account = scope.account): ThirdPartyClient => ({
      id: clientId,
      region: scope.region,
      typeKey,
      account,
      tokenDigest: `digest of ${clientId}`,
      createdAt: bench.clock.at,
    });

    test('are listed oldest first, of one account or of all, and deleted one by one', async () => {
      const { thirdPartyClients } = bench.store;
      const all = [client('b'), client('a', foreign.account), client('c')];
      for (const one of all) await thirdPartyClients.insert(one);
      expect(await thirdPartyClients.list(scope.region, typeKey)).toEqual(all);
      expect(await thirdPartyClients.list(scope.region, typeKey, scope.account)).toEqual([all[0], all[2]]);
      expect(await thirdPartyClients.list(elsewhere.region, typeKey)).toEqual([]);
      expect(await thirdPartyClients.delete(scope.region, 'Build/ThirdParty/Other/1', 'b')).toBe(false);
      expect(await thirdPartyClients.delete(scope.region, typeKey, 'b')).toBe(true);
      expect(await thirdPartyClients.delete(scope.region, typeKey, 'b')).toBe(false);
      expect(await thirdPartyClients.list(scope.region, typeKey, scope.account)).toEqual([all[2]]);
    });

    describe('and jobs', () => {
      const twoStages = declare([
        stage('Source', source()),
        stage('Build', action('Compile', { type: catalogued(declaration), inputs: ['Code'] })),
      ]);
      const claim = (limit = 10) =>
        bench.store.jobs.claim(partnerKey(scope.region, typeKey), {
          limit,
          at: bench.clock.at,
          leaseUntil: bench.clock.at + leaseMs,
        });
      beforeEach(async () => {
        await insert(declaration);
        await bench.create(twoStages);
        await bench.succeed((await bench.claimOne()).job.id);
      });

      test('are claimed only of accounts that are clients, once per lease', async () => {
        await bench.store.thirdPartyClients.insert(client('other', foreign.account));
        expect(await claim()).toEqual([]);
        for (const one of ['first', 'second']) await bench.store.thirdPartyClients.insert(client(one));
        expect(await claim()).toMatchObject([{ job: { queryValue: scope.account, status: 'Dispatched' } }]);
        expect(await claim()).toEqual([]);
        bench.clock.pass(leaseMs);
        expect(await claim()).toHaveLength(1);
      });

      test('delivered by id have a new nonce each time, and are kept from others as long', async () => {
        await bench.store.thirdPartyClients.insert(client('one'));
        const [record] = await claim();
        const jobId = record?.job.id ?? '';
        bench.clock.pass(leaseMs - 1);
        const deliver = () => bench.store.jobs.deliver(jobId, bench.clock.at + leaseMs);
        const nonces = [await deliver(), await deliver()].map((delivered) => delivered && newestNonce(delivered.job));
        expect(nonces).toEqual([String(firstNonce + 1), String(firstNonce + 2)]);
        bench.clock.pass(leaseMs - 1);
        expect(await claim()).toEqual([]);
        const won = await bench.store.jobs.acknowledge(jobId, nonces[0] ?? '');
        expect(won).toMatchObject({ winningNonce: nonces[0], job: { status: 'InProgress' } });
        const late = await deliver();
        expect(late?.job).toMatchObject({ status: 'InProgress', offerAt: undefined });
        const lateNonce = newestNonce(late?.job ?? { deliveries: 0 });
        expect(await bench.store.jobs.acknowledge(jobId, lateNonce)).toMatchObject({ winningNonce: nonces[0] });
        expect(await bench.store.jobs.deliver('nobody', bench.clock.at)).toBeUndefined();
      });

      test('a continuation restarts the time-out of the job (behaviour A.8)', async () => {
        await bench.store.thirdPartyClients.insert(client('one'));
        const [record] = await claim();
        expect(record?.job).toMatchObject({ timeoutMs: 600_000, deadlineAt: bench.clock.at + 600_000 });
        bench.clock.pass(500_000);
        await bench.succeed(record?.job.id ?? '', { continuationToken: 'on' });
        const offerAt = bench.clock.at + continuationDelayMs;
        expect(await bench.store.jobs.nextDeadline()).toBe(offerAt + 600_000);
        bench.clock.pass(continuationDelayMs);
        expect(await claim()).toMatchObject([{ job: { timeoutMs: 600_000, deadlineAt: offerAt + 600_000 } }]);
      });
    });
  });
}
