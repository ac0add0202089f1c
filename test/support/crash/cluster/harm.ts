import { setTimeout as pause } from 'node:timers/promises';
import { StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import type { Chance } from '../../engine/random.ts';
import { longestLifeMs, type Point } from '../kill-plan.ts';
import { note, recordStart, untilMoreResults } from '../ledger.ts';
import { createTarget } from '../target.ts';
import type { Node } from './cluster.ts';
import type { DatabaseProxy } from './database-proxy.ts';
import { leaseSeconds, type Scenery } from './run-cluster.ts';

const leaseMs = leaseSeconds * 1000;
const points: Point[] = ['before commit', 'during commit', 'after commit'];
const recoveryPatienceMs = 20_000;
/** The database's timeout is 1 s, and a few such waits can follow one another. */
const refusalPatienceMs = 10_000;

/** Kills the database like a power cut, and restarts it. */
export async function killDatabase({ database, chance, target, ledger }: Scenery): Promise<void> {
  await pause(chance.below(300));
  await database.kill();
  await pause(chance.below(400));
  await database.start();
  target.renew();
  note(ledger, 'killed the database');
}

/** Kills a node, from outside or around a commit, and restarts it. */
export async function killNode({ cluster, chance, target, ledger }: Scenery): Promise<void> {
  const node = chance.pick(cluster.nodes);
  if (!node) return;
  const { server } = node;
  const isAtPoint = chance.oneIn(2);
  // The kill point was set when the node was started.
  if (isAtPoint) {
    server.child.kill(armSignal);
    await Promise.race([server.exited, pause(longestLifeMs, undefined, { ref: false })]);
  } else await pause(chance.below(300));
  note(ledger, isAtPoint && !server.isRunning() ? 'killed a node at a point' : 'killed a node from outside');
  await server.end('SIGKILL');
  target.down(node.name);
  await node.restart(drawPoint(chance));
}

const armSignal = 'SIGUSR2';

function drawPoint(chance: Chance) {
  return { point: chance.pick(points) ?? 'after commit', nth: 1 + chance.below(20), signal: armSignal } as const;
}

/** Freezes a node until its leases have expired, and resumes it; the others keep working. */
export async function freezeNode({ cluster, chance, target, ledger }: Scenery): Promise<void> {
  const node = chance.pick(cluster.nodes);
  if (!node) return;
  await pause(chance.below(200));
  node.server.child.kill('SIGSTOP');
  await pause(leaseMs + chance.below(leaseMs));
  await untilMoreResults(ledger, 'while a node is frozen');
  node.server.child.kill('SIGCONT');
  target.renew();
  note(ledger, 'froze a node');
}

/** Cuts the last node off from the database for longer than its leases; the others keep working. */
export async function cutNodeOff(scenery: Scenery, proxy: DatabaseProxy): Promise<void> {
  const { cluster, chance, target, ledger } = scenery;
  const node = cluster.nodes.at(-1);
  if (!node) return;
  await pause(chance.below(200));
  proxy.cut();
  await Promise.all([
    refuseWork(scenery, node),
    pause(leaseMs + chance.below(leaseMs)),
    untilMoreResults(ledger, 'while a node is cut off'),
  ]);
  proxy.heal();
  target.renew();
  note(ledger, 'cut a node off');
  await untilRecovered(scenery, node);
}

/** A node without a database must not report success. */
async function refuseWork({ ledger, target, seed }: Scenery, { url }: Node): Promise<void> {
  const alone = createTarget({ patienceMs: refusalPatienceMs, passingCodes: ['ServiceUnavailable'] });
  alone.up('cut off', url);
  const name = 'mill-0';
  const token = `${seed}-cut-off-${ledger.starts.size}`;
  const command = new StartPipelineExecutionCommand({ name, clientRequestToken: token });
  const answer = await alone.ask(({ codePipeline }, options) => codePipeline.send(command, options));
  alone.close();
  ledger.violations.push(...alone.failures);
  if (answer.kind !== 'lost' || answer.why !== 'ServiceUnavailable') {
    ledger.violations.push(`a node that is cut off answers ${JSON.stringify(answer)}`);
  }
  // It may have started anyway; the next call resolves it.
  const settled = await target.persist(({ codePipeline }, options) => codePipeline.send(command, options));
  if (settled.kind !== 'ok') return;
  const { pipelineExecutionId: executionId = '' } = settled.output;
  recordStart(ledger, { token, pipelineName: name, executionId, life: target.life });
}

async function untilRecovered({ ledger, seed, target }: Scenery, { url }: Node): Promise<void> {
  const alone = createTarget({ patienceMs: 4000, passingCodes: ['ServiceUnavailable'] });
  alone.up('healed', url);
  const name = 'mill-1';
  const token = `${seed}-healed-${ledger.starts.size}`;
  const command = new StartPipelineExecutionCommand({ name, clientRequestToken: token });
  const late = setTimeout(() => alone.close(), recoveryPatienceMs);
  const answer = await alone.persist(({ codePipeline }, options) => codePipeline.send(command, options));
  clearTimeout(late);
  alone.close();
  if (answer.kind !== 'ok') {
    ledger.violations.push(`a node that was cut off does not recover: ${JSON.stringify(answer)}`);
    return;
  }
  const { pipelineExecutionId: executionId = '' } = answer.output;
  recordStart(ledger, { token, pipelineName: name, executionId, life: target.life });
}
